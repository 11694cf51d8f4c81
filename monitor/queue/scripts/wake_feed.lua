#!lua flags=allow-oom
-- Make a feed due now, unless it is sooner.  KEYS: due.  ARGV: feed id.
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], 'XX', 'LT', time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
