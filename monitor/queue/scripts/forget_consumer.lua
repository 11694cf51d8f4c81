#!lua flags=allow-oom
-- Forget a consumer, unless it has something pending: Redis would drop that with it.
-- KEYS: stream.  ARGV: group, consumer.  Returns 1, or 0 where it has something pending.
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then
  return 0
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
