#!lua
-- Commit one poll whole, or nothing where the lease is another's by now.
-- KEYS: due, leases, feed, known, items.
-- ARGV: feed id, token, delay (ms), schema version, then three counted lists: state (name, value ...),
-- known entries to add (entry, value ...), known entries to drop (entry ...), and last the items.
-- Returns the number of items added, -1 where the lease was lost.
local held = redis.call('HGET', KEYS[2], ARGV[1])
local amended = held == ARGV[2] .. '!'
if held ~= ARGV[2] and not amended then
  return -1
end
local at = 5
local function in_parts(command, key)
  local last = at + ARGV[at]
  local from = at + 1
  while from <= last do
    local to = math.min(from + 999, last)
    redis.call(command, key, unpack(ARGV, from, to))
    from = to + 1
  end
  at = last + 1
end
local time = redis.call('TIME')
-- No lease any more, but a trace of whose commit was the last, where that one knows the state.
if amended then
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], '=' .. ARGV[2])
end
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3], ARGV[1])
in_parts('HSET', KEYS[3])
in_parts('HSET', KEYS[4])
in_parts('HDEL', KEYS[4])
for i = at, #ARGV do
  redis.call('XADD', KEYS[5], '*', 'v', ARGV[4], 'item', ARGV[i])
end
return #ARGV - at + 1
