#!lua flags=allow-oom
-- Take back that an attempt began, unless its outcome was recorded meanwhile.  KEYS: delivery.
if (tonumber(redis.call('HGET', KEYS[1], 'started')) or 0) > 0 then
  redis.call('HINCRBY', KEYS[1], 'started', -1)
end
