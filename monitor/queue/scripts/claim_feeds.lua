#!lua
-- Take due feeds of one shard under a lease, by the server's clock.
-- KEYS: due, leases.  ARGV: most, lease (ms), token.
-- Returns {ids taken, ms until the next one is due (-1: none)}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], id)
  redis.call('HSET', KEYS[2], id, ARGV[3])
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local wait = -1
if first[2] then
  wait = math.max(0, first[2] - now)
end
return {ids, wait}
