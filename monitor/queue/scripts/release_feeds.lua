#!lua flags=allow-oom
-- Make feeds due again that a dead poller still holds.
-- KEYS: due, leases.  ARGV: start of the dead poller's tokens.  Returns how many.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local leases = redis.call('HGETALL', KEYS[2])
local count = 0
for i = 1, #leases, 2 do
  if string.sub(leases[i + 1], 1, #ARGV[1]) == ARGV[1] then
    redis.call('HDEL', KEYS[2], leases[i])
    redis.call('ZADD', KEYS[1], 'XX', now, leases[i])
    count = count + 1
  end
end
return count
