#!lua
-- Commit an operator's notice with its deliveries, unless it was given before.
-- KEYS: given, alerts, channels, then an outbox and a delivery hash for each delivery.
-- ARGV: notice id, remember (ms), schema version, notice, number of fields of a delivery, then for each delivery:
-- channel, delivery id, and its fields (name, value ...).
-- Returns 1, or 0 where there was nothing to do.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  -- A write all the same: a WAIT after this then waits for the replicas to hold that notice, too.
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local microseconds = time[1] * 1000000 + time[2]
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local fields = tonumber(ARGV[5])
local at = 6
for i = 4, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i + 1]) == 0 then
    redis.call('HSET', KEYS[i + 1], 'v', ARGV[3], 'state', 'open', unpack(ARGV, at + 2, at + 1 + fields))
    redis.call('ZADD', KEYS[i], string.format('%.0f', microseconds), ARGV[at + 1])
    redis.call('SADD', KEYS[3], ARGV[at])
  end
  at = at + 2 + fields
end
redis.call('XADD', KEYS[2], '*', 'v', ARGV[3], 'alert', ARGV[4])
return 1
