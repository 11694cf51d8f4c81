#!lua flags=allow-oom
-- Write one small record. Allowed at the memory limit: beats, states and decisions are what gets a full server going.
-- KEYS: records.  ARGV: name, record.
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
