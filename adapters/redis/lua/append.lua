-- A key has one message in a channel; numbers rise by one, and the oldest messages go first.
-- KEYS: messages, keys, shown    ARGV: channel, key, posted (µs), card, messages at most
local number = redis.call('HGET', KEYS[2], ARGV[2])
if number then
  return number
end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
number = string.format('%.0f', (last and string.match(last[1], '^%d+') or 0) + 1)
redis.call('XADD', KEYS[1], number .. '-0', 'k', ARGV[2], 't', ARGV[3], 'c', ARGV[4])
redis.call('HSET', KEYS[2], ARGV[2], number)
local newest = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2]
redis.call('ZADD', KEYS[3], 'NX', string.format('%.0f', (newest or 0) + 1), ARGV[1])
local over = redis.call('XLEN', KEYS[1]) - ARGV[5]
if over > 0 then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', over)) do
    redis.call('HDEL', KEYS[2], entry[2][2])
    redis.call('XDEL', KEYS[1], entry[1])
  end
end
return number
