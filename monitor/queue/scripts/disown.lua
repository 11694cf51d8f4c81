#!lua flags=allow-oom
-- Give up an ownership, if it is still ours.  KEYS: owner.  ARGV: name.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
