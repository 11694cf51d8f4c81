#!lua
-- Take subscriptions of one shard for which something is due, by the server's clock; until they are amended, they are
-- due again after a while.
-- KEYS: timetable.  ARGV: most, pause (ms).  Returns the members taken ("feed id/token").
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local members = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, member in ipairs(members) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], member)
end
return members
