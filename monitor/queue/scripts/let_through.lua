#!lua flags=allow-oom
-- Forget the quarantined entries of a feed and poll it now, whole, so that those still listed are new again.
-- KEYS: due, leases, feed, known.  ARGV: feed id, the mark at the end of what is kept of a quarantined entry.
-- Returns how many entries were quarantined.
local found = redis.call('HGETALL', KEYS[4])
local count = 0
for i = 1, #found, 2 do
  if string.sub(found[i + 1], -#ARGV[2]) == ARGV[2] then
    redis.call('HDEL', KEYS[4], found[i])
    count = count + 1
  end
end
redis.call('HSET', KEYS[3], 'etag', '', 'last_modified', '', 'body_hash', '', 'let_through', '1')
-- A poll under way loses its lease, and whoever made the last commit no longer knows the state.
redis.call('HDEL', KEYS[2], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], 'XX', time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
return count
