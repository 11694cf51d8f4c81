#!lua
-- Put a new version of the settings in force, unless another was published since this one was decided.
-- KEYS: settings.  ARGV: version expected, version, digest, origin, schema version, at (ISO), manifest (JSON),
-- number of parts (name, bytes ...), those, then names of parts no longer used.
-- Returns 1, or 0 where the version in force is another than expected.
local current = redis.call('HGET', KEYS[1], 'version') or '0'
if current ~= ARGV[1] then
  return 0
end
local parts = tonumber(ARGV[8])
for i = 9, 8 + parts, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
for i = 9 + parts, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[i])
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'digest', ARGV[3], 'origin', ARGV[4], 'v', ARGV[5], 'published_at',
  ARGV[6], 'manifest', ARGV[7])
return 1
