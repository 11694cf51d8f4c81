#!lua
-- Read the open stories of a watchlist that changed since a version: all of them where that version is not known here.
-- KEYS: stories, versions. ARGV: version (-1: none).
-- Returns the version, when its channels were lately told, id and version of each open story, then of each that changed:
-- id, version, record.
local version = redis.call('HGET', KEYS[1], '=') or '0'
local known = tonumber(ARGV[1])
local since = '(' .. ARGV[1]
if known > tonumber(version) then since = '-inf' end
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], since, '+inf', 'WITHSCORES')
local reply = {version, redis.call('HGET', KEYS[1], '@') or '', redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')}
for i = 1, #changed, 2 do
  table.insert(reply, changed[i])
  table.insert(reply, changed[i + 1])
  table.insert(reply, redis.call('HGET', KEYS[1], changed[i]) or '')
end
return reply
