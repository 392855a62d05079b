-- The last step. The feed names channels, so it begins anew, with a gap that makes every matcher read
-- all channels again; until it has, what it still queues for the tenant is refused by the mark.
-- KEYS: removed, tenants, changes, changed    ARGV: tenant, now (ms)
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
local number = string.format('%.0f', redis.call('INCRBY', KEYS[4], 2))
redis.call('XADD', KEYS[3], number .. '-0', 'c', 'none:none:none')
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' erased')
