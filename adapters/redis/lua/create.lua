-- A channel of the local page is made once and keeps its place.
-- KEYS: shown    ARGV: channel
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return redis.call('ZADD', KEYS[1], 'NX', string.format('%.0f', (newest or 0) + 1), ARGV[1])
