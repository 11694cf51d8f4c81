#!lua
-- Keep what a reader said of an alert: the last verdict of each alert, of the alerts that were judged last.
-- KEYS: feedback, times, watchlists with feedback.  ARGV: alert id, verdict, record, when (ms), most, watchlist id.
-- Returns 1 where something has changed.
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and cjson.decode(before)['verdict'] == ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[6])
local surplus = math.min(1000, redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5]))
if surplus > 0 then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, surplus - 1)
  redis.call('ZREM', KEYS[2], unpack(oldest))
  redis.call('HDEL', KEYS[1], unpack(oldest))
end
return 1
