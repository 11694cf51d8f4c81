#!lua
-- Commit polls of one shard that bring no items and leave the known entries as they are, each under its own lease:
-- one whose lease is another's by now writes nothing, and the others are none the worse for it.
-- KEYS: due, leases, then the feed of each poll.
-- ARGV: for each poll: feed id, token, delay (ms), a counted list of state (name, value ...).
-- Returns the places (from 1) of polls whose lease was lost.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids, first, at = {}, {}, 1
for poll = 1, #KEYS - 2 do
  ids[poll], first[poll] = ARGV[at], at
  at = at + 4 + ARGV[at + 3]
end
local held = {}
for poll, token in ipairs(redis.call('HMGET', KEYS[2], unpack(ids))) do
  held[ids[poll]] = token
end
local turns, traces, amended, lost = {}, {}, {}, {}
for poll, id in ipairs(ids) do
  local from = first[poll]
  local token = ARGV[from + 1]
  local mark = held[id]
  -- As if one had come after the other: a second poll of a feed finds what the first has left.
  if mark == token then
    held[id] = '=' .. token
    traces[#traces + 1] = id
    traces[#traces + 1] = held[id]
  elseif mark == token .. '!' then
    held[id] = false
    amended[#amended + 1] = id
  end
  if held[id] == mark then
    lost[#lost + 1] = poll
  else
    turns[#turns + 1] = now + ARGV[from + 2]
    turns[#turns + 1] = id
    if ARGV[from + 3] ~= '0' then
      redis.call('HSET', KEYS[poll + 2], unpack(ARGV, from + 4, from + 3 + ARGV[from + 3]))
    end
  end
end
if #turns > 0 then
  redis.call('ZADD', KEYS[1], unpack(turns))
end
-- No lease any more, but a trace of whose commit was the last, where that one knows the state.
if #traces > 0 then
  redis.call('HSET', KEYS[2], unpack(traces))
end
if #amended > 0 then
  redis.call('HDEL', KEYS[2], unpack(amended))
end
return lost
