#!lua flags=allow-oom
-- Read an open delivery and count that an attempt begins. Allowed at the memory limit: sending frees memory.
-- KEYS: delivery, outbox.  ARGV: delivery id, newest schema version that we read.
-- Returns its fields (name, value ...), uncounted where a newer version wrote them; none where it is not open.
if redis.call('HGET', KEYS[1], 'state') ~= 'open' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {}
end
if (tonumber(redis.call('HGET', KEYS[1], 'v')) or math.huge) <= tonumber(ARGV[2]) then
  redis.call('HINCRBY', KEYS[1], 'started', 1)
end
return redis.call('HGETALL', KEYS[1])
