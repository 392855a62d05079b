-- From here on nothing is queued, set or sent for the tenant; what is there may go in any order.
-- KEYS: removed    ARGV: tenant, now (ms)
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' erasing')
