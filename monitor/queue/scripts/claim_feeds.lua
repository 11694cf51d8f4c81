#!lua
-- Take due feeds of one shard under a lease, by the server's clock.
-- KEYS: due, leases.  ARGV: most, lease (ms), token.
-- Returns {ids taken, the token of each one's last commit ('' where none is known), ms until the next one is due
-- (-1: none)}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local last_commits = {}
if #ids > 0 then
  -- One command for all of them, not three for each.
  local turns, leases = {}, {}
  last_commits = redis.call('HMGET', KEYS[2], unpack(ids))
  for i, id in ipairs(ids) do
    last_commits[i] = string.match(last_commits[i] or '', '^=(.*)') or ''
    turns[2 * i - 1], turns[2 * i] = now + ARGV[2], id
    leases[2 * i - 1], leases[2 * i] = id, ARGV[3]
  end
  redis.call('ZADD', KEYS[1], unpack(turns))
  redis.call('HSET', KEYS[2], unpack(leases))
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local wait = -1
if first[2] then
  wait = math.max(0, first[2] - now)
end
return {ids, last_commits, wait}
