-- A lease has one owner until it ends by the store's clock; only the owner prolongs it.
-- KEYS: lease    ARGV: owner, life (ms)
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
