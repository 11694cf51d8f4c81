#!lua
-- Put a buried item back where the matchers read, once.
-- KEYS: dead, items.  ARGV: id of the dead letter.  Returns 1, or 0 where it is not there.
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if not found[1] then
  return 0
end
local fields = found[1][2]
for i = 1, #fields, 2 do
  if fields[i] == 'payload' then
    redis.call('XADD', KEYS[2], '*', unpack(cjson.decode(fields[i + 1])))
    redis.call('XDEL', KEYS[1], ARGV[1])
    return 1
  end
end
return 0
