#!lua
-- Open a dead delivery again with a fresh ladder.
-- KEYS: dead, delivery, outbox, channels.  ARGV: id of the dead letter, delivery id, channel.
-- Returns 1, or 0 where the letter or the delivery is gone.
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 or redis.call('HGET', KEYS[2], 'state') ~= 'dead' then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], 'state', 'open', 'attempts', 0, 'started', 0)
redis.call('PERSIST', KEYS[2])
redis.call('ZADD', KEYS[3], string.format('%.0f', time[1] * 1000000 + time[2]), ARGV[2])
redis.call('SADD', KEYS[4], ARGV[3])
return 1
