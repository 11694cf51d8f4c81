#!lua flags=allow-oom
-- Move one item to the dead letters and acknowledge it, in one step.
-- KEYS: items, dead, suspects.  ARGV: group, stream id, reason, at (ISO), schema version, most dead letters.
-- Returns 1, or 0 where the item was acknowledged before.
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
redis.call('HDEL', KEYS[3], ARGV[2])
if #pending == 0 then
  return 0
end
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if found[1] then
  local fields = found[1][2]
  redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[6], '*', 'v', ARGV[5], 'kind', 'item', 'origin', ARGV[2], 'reason', ARGV[3],
    'at', ARGV[4], 'payload', cjson.encode(fields))
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return 1
