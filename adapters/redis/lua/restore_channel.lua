-- A channel's settings come back with their revision, unless the channel is there already.
-- KEYS: channels, subscriptions, tenants, changes, changed
-- ARGV: tenant, field, channel, revision, subscriptions, Channel as JSON, changes kept
local value = ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6]
if redis.call('HSETNX', KEYS[1], ARGV[2], value) == 0 then
  return 0
end
redis.call('INCRBY', KEYS[2], ARGV[5])
redis.call('SADD', KEYS[3], ARGV[1])
local number = string.format('%.0f', redis.call('INCR', KEYS[5]))
redis.call('XADD', KEYS[4], 'MAXLEN', '=', ARGV[7], number .. '-0', 'c', ARGV[3])
return 1
