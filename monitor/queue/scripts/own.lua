#!lua flags=allow-oom
-- Hold, or go on holding, an ownership with a time to live. Allowed at the memory limit: without owners nobody would
-- send, and only sending frees memory.
-- KEYS: owner.  ARGV: name, time to live (ms), a dead owner's name whose place may be taken at once ("": none).
-- Returns 1 where it is ours now.
local owner = redis.call('GET', KEYS[1])
if not owner or owner == ARGV[1] or (ARGV[3] ~= '' and owner == ARGV[3]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
return 0
