#!lua flags=allow-oom
-- Give up a delivery whose record cannot be read; what is left of it stays for a while, to be looked at and replayed.
-- KEYS: delivery, outbox, outcomes, dead.
-- ARGV: delivery id, channel, reason, at (ISO), keep (ms), schema version, most dead letters.
-- Returns 1, or 0 where there is nothing to send any more.
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], 'state', 'dead', 'answer', ARGV[3], 'answered_at', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('HINCRBY', KEYS[3], ARGV[2] .. ' dead', 1)
redis.call('XADD', KEYS[4], 'MAXLEN', ARGV[7], '*', 'v', ARGV[6], 'kind', 'delivery', 'delivery', ARGV[1],
  'channel', ARGV[2], 'reason', ARGV[3], 'at', ARGV[4])
return 1
