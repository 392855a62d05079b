-- A query goes to the front of a person's list, once; the list ends, and is short.
-- KEYS: recent    ARGV: query, queries at most, life (ms)
redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
