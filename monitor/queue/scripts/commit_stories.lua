#!lua
-- Commit what follows from a match, or from the time, on one watchlist: its stories, the mark that the item was decided,
-- alerts as they were told, deliveries, what was closed as not sent, and the announcement. All of it, or nothing.
-- KEYS: stories, versions, turn, alerted, held, unsent, alerts, channels, then one for each alert as it was told, then an
-- outbox and a delivery hash for each delivery.
-- ARGV: schema version, watchlist, version that was read, whose turn, mark ('': none), remember (ms), keep stories (ms),
-- due (ms, '': nothing is held), channels lately told ('': as before), most unsent, for each alert '1' where none of its
-- id may have been told before, then four counts (stories, alerts, unsent, deliveries); of each story: id, version that was read ('': new), record ('': drop it); of each alert: as told,
-- keep (ms), announcement; of each unsent: its record; the number of fields of a delivery; of each: channel, id, fields.
-- Returns 1 and the new version; 0 where the item was decided before; -1 where the stories changed since they were read;
-- -2 where it is another's turn; -3 where a story is not as it was read, although nothing changed since; -4 where an
-- alert's id was told before.
local at = 0
local function take() at = at + 1; return ARGV[at] end
local schema, watchlist, version, token, mark, remember, keep = take(), take(), take(), take(), take(), take(), take()
local due, pace, most, new = take(), take(), take(), take()
local stories, alerts, unsent, deliveries = tonumber(take()), tonumber(take()), tonumber(take()), tonumber(take())
if mark ~= '' and redis.call('ZSCORE', KEYS[4], mark) then
  -- A write all the same: a WAIT after this then waits for the replicas to hold that decision, too.
  redis.call('PEXPIRE', KEYS[4], remember)
  return {0}
end
local turn = redis.call('GET', KEYS[3])
if turn and turn ~= token then return {-2} end
if (redis.call('HGET', KEYS[1], '=') or '0') ~= version then return {-1} end
local first = at
for _ = 1, stories do
  local id, read, record = take(), take(), take()
  if (redis.call('ZSCORE', KEYS[2], id) or '') ~= read then return {-3} end
end
for i = 1, alerts do
  if new:sub(i, i) == '1' and redis.call('EXISTS', KEYS[8 + i]) == 1 then return {-4} end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local microseconds = string.format('%.0f', time[1] * 1000000 + time[2])
-- Later than every version before, also than those that a power cut took back.
local fresh = string.format('%.0f', math.max(tonumber(version) + 1, tonumber(microseconds)))
at = first
for _ = 1, stories do
  local id, _, record = take(), take(), take()
  if record == '' then
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  else
    redis.call('HSET', KEYS[1], id, record)
    redis.call('ZADD', KEYS[2], fresh, id)
  end
end
redis.call('HSET', KEYS[1], '=', fresh)
if pace ~= '' then redis.call('HSET', KEYS[1], '@', pace) end
if due == '' then redis.call('ZREM', KEYS[5], watchlist) else redis.call('ZADD', KEYS[5], due, watchlist) end
-- What is held waits however long: its watchlist may be gone from the settings.
for i = 1, 2 do
  if due == '' then redis.call('PEXPIRE', KEYS[i], keep) else redis.call('PERSIST', KEYS[i]) end
end
if mark ~= '' then
  redis.call('ZADD', KEYS[4], now, mark)
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - remember)
  redis.call('PEXPIRE', KEYS[4], remember)
end
for i = 1, alerts do
  local told, kept, announcement = take(), take(), take()
  redis.call('SET', KEYS[8 + i], told, 'PX', kept)
  redis.call('XADD', KEYS[7], '*', 'v', schema, 'alert', announcement)
end
for _ = 1, unsent do
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', most, '*', 'v', schema, 'unsent', take())
end
local fields = tonumber(take())
for i = 9 + alerts, #KEYS, 2 do
  local channel, id = take(), take()
  if redis.call('EXISTS', KEYS[i + 1]) == 0 then
    redis.call('HSET', KEYS[i + 1], 'v', schema, 'state', 'open', unpack(ARGV, at + 1, at + fields))
    redis.call('ZADD', KEYS[i], microseconds, id)
    redis.call('SADD', KEYS[8], channel)
  end
  at = at + fields
end
return {1, fresh}
