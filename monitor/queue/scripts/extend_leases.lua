#!lua
-- Hold on to feeds whose polls take long.
-- KEYS: due, leases.  ARGV: lease (ms), then feed id and token for each.  Returns how many are still ours.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = 0
for i = 2, #ARGV, 2 do
  local lease = redis.call('HGET', KEYS[2], ARGV[i])
  if lease == ARGV[i + 1] or lease == ARGV[i + 1] .. '!' then
    redis.call('ZADD', KEYS[1], 'XX', now + ARGV[1], ARGV[i])
    held = held + 1
  end
end
return held
