#!lua flags=allow-oom
-- Drop one small record that is as it was read: one that was written anew meanwhile stays.
-- KEYS: records.  ARGV: name, record as it was read.
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
