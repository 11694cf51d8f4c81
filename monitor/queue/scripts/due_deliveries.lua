#!lua flags=no-writes
-- List the deliveries of one outbox whose next attempt is due, oldest first, by the server's clock.
-- KEYS: outbox.  ARGV: most.  Returns {ids, ms until the next one after them is due (-1: none)}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local rows = redis.call('ZRANGE', KEYS[1], 0, ARGV[1], 'WITHSCORES')
local ids = {}
for i = 1, #rows, 2 do
  local score = tonumber(rows[i + 1])
  if score > now then
    return {ids, math.ceil((score - now) / 1000)}
  end
  if #ids == tonumber(ARGV[1]) then
    return {ids, 0}
  end
  ids[#ids + 1] = rows[i]
end
return {ids, -1}
