#!lua
-- Take one feed under a lease although it may not be due, unless somebody has it.
-- KEYS: due, leases.  ARGV: feed id, lease (ms), token.
-- Returns the ms until it would have been due; -1 where somebody has it, -2 where nobody polls it.
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score then
  return -2
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = math.max(0, score - now)
-- What begins with "=" is no lease, but the trace of one.
if wait > 0 and string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '=', '^[^=]') then
  return -1
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return wait
