#!lua
-- Bring one shard's due set in line with the settings: new feeds are due at once, removed ones are forgotten by the
-- due set (their state stays and is found again should the feed come back).
-- KEYS: due, leases.  ARGV: number of feeds to add, those, then the feeds to remove.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local added = tonumber(ARGV[1])
for i = 2, added + 1 do
  redis.call('ZADD', KEYS[1], 'NX', now, ARGV[i])
end
for i = added + 2, #ARGV do
  redis.call('ZREM', KEYS[1], ARGV[i])
  redis.call('HDEL', KEYS[2], ARGV[i])
end
return #ARGV - 1
