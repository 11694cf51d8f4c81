#!lua flags=allow-oom
-- Read an open delivery and count that an attempt begins. Allowed at the memory limit: sending frees memory.
-- KEYS: delivery, outbox.  ARGV: delivery id, newest schema version that we read.
-- Returns what it is, and its fields (name, value ...): "open", counted; "newer" or "damaged", left as it is (a newer
-- version wrote it, or nobody can tell); "settled", where there is nothing to send any more.
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'delivered' or state == 'dead' or not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {'settled', {}}
end
local version, what = tonumber(redis.call('HGET', KEYS[1], 'v')), 'damaged'
if version and version > tonumber(ARGV[2]) then
  what = 'newer'
elseif version and state == 'open' and type(redis.pcall('HINCRBY', KEYS[1], 'started', 1)) == 'number' then
  what = 'open'
end
return {what, redis.call('HGETALL', KEYS[1])}
