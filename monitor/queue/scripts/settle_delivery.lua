#!lua flags=allow-oom
-- Record what came of one attempt. Allowed at the memory limit, since it frees more than it takes.
-- KEYS: delivery, outbox, outcomes, dead.
-- ARGV: delivery id, channel, what ("delivered", "retry", "dead" or "kept"), answer, at (ISO), then
-- delivered: keep (ms) | retry: delay (ms) | dead: keep (ms), schema version, most dead letters | kept: nothing.
-- Returns 1, or 0 where the delivery was settled before.
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'open' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
local what = ARGV[3]
redis.call('HSET', KEYS[1], 'answer', ARGV[4], 'answered_at', ARGV[5], 'started', 0)
if what == 'kept' then
  return 1
end
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
if what == 'retry' then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[2], string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[6] * 1000), ARGV[1])
  redis.call('HINCRBY', KEYS[3], ARGV[2] .. ' retried', 1)
  return 1
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], 'state', what)
redis.call('HINCRBY', KEYS[3], ARGV[2] .. ' ' .. what, 1)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
if what == 'delivered' then
  redis.call('HDEL', KEYS[1], 'body')
else
  redis.call('XADD', KEYS[4], 'MAXLEN', ARGV[8], '*', 'v', ARGV[7], 'kind', 'delivery', 'delivery', ARGV[1],
    'channel', ARGV[2], 'reason', ARGV[4], 'at', ARGV[5])
end
return 1
