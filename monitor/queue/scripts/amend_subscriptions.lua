#!lua
-- Change a feed's subscriptions together, or none of them where one was changed by somebody else meanwhile.
-- KEYS: subscriptions, timetable, feed, due, leases.
-- ARGV: feed id, "1" to make the feed due at once, a counted list of state fields to write (name, value ...), then for
-- each subscription: token, record as it was read ("" for none), new record ("" to forget it), delay (ms).
-- A poll under way at a feed made due loses its lease: it was begun under other conditions. A feed whose last poll has
-- failed keeps its time: its publisher may have asked us to wait.
-- Returns 1, 0 where nothing was changed.
local first = 4 + ARGV[3]
for i = first, #ARGV, 4 do
  if (redis.call('HGET', KEYS[1], ARGV[i]) or '') ~= ARGV[i + 1] then
    return 0
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = first, #ARGV, 4 do
  local member = ARGV[1] .. '/' .. ARGV[i]
  if ARGV[i + 2] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
    redis.call('ZREM', KEYS[2], member)
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
    redis.call('ZADD', KEYS[2], now + ARGV[i + 3], member)
  end
end
if first > 4 then
  redis.call('HSET', KEYS[3], unpack(ARGV, 4, first - 1))
  -- Whoever made the last commit, or is about to make the next, does not know the state any more.
  local lease = redis.call('HGET', KEYS[5], ARGV[1]) or ''
  if string.match(lease, '^=') then
    redis.call('HDEL', KEYS[5], ARGV[1])
  elseif lease ~= '' and not string.match(lease, '!$') then
    redis.call('HSET', KEYS[5], ARGV[1], lease .. '!')
  end
end
if ARGV[2] == '1' and (redis.call('HGET', KEYS[3], 'failures') or '0') == '0' then
  redis.call('HDEL', KEYS[5], ARGV[1])
  redis.call('ZADD', KEYS[4], 'XX', now, ARGV[1])
end
return 1
