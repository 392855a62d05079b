-- An event that cannot be read is put aside and acknowledged in one step: it is in one place, always.
-- KEYS: stream, dead    ARGV: group, id, why, dead's life (ms)
local event = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 and event then
  redis.call('XADD', KEYS[2], '*', 'i', ARGV[2], 'w', ARGV[3], unpack(event[2]))
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return 1
