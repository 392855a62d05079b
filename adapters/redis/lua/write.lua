-- A tenant's channels change together, with the audit entry and the feed that matchers follow; the
-- loser of two writers changes nothing.
-- KEYS: channels, subscriptions, audit, tenants, changes, changed, removed
-- ARGV: tenant, subscriptions at most, audit's life (ms), changes kept, change ('': none),
--       id of the change it takes back ('': none), then per channel: field, member, expected revision,
--       subscriptions, value
local mark = string.match(redis.call('HGET', KEYS[7], ARGV[1]) or '', '%a+$')
if mark == 'erasing' then
  return 'stale'
end
local added = 0
for place = 7, #ARGV, 5 do
  local stored = redis.call('HGET', KEYS[1], ARGV[place])
  local revision, count = string.match(stored or '0 0 ', '^(%d+) (%d+) ')
  if revision ~= ARGV[place + 2] then
    return 'stale'
  end
  added = added + ARGV[place + 3] - count
end
if ARGV[6] ~= '' then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[3], '(' .. ARGV[6], '+')) do
    if entry[2][3] == 'u' and entry[2][4] == ARGV[6] then
      return 'stale'
    end
  end
end
local count = tonumber(redis.call('GET', KEYS[2]) or '0')
if added > 0 and count + added > tonumber(ARGV[2]) then
  return 'tenant-full'
end
redis.call('SET', KEYS[2], string.format('%.0f', count + added))
redis.call('SADD', KEYS[4], ARGV[1])
if mark == 'erased' then
  redis.call('HDEL', KEYS[7], ARGV[1])
end
for place = 7, #ARGV, 5 do
  local revision = string.format('%.0f', ARGV[place + 2] + 1)
  redis.call('HSET', KEYS[1], ARGV[place], revision .. ' ' .. ARGV[place + 3] .. ' ' .. ARGV[place + 4])
  local number = redis.call('INCR', KEYS[6])
  redis.call('XADD', KEYS[5], 'MAXLEN', '=', ARGV[4], string.format('%.0f-0', number), 'c', ARGV[place + 1])
end
if ARGV[5] ~= '' then
  local time = redis.call('TIME')
  local oldest = string.format('%.0f-0', time[1] * 1000 - ARGV[3])
  if ARGV[6] ~= '' then
    redis.call('XADD', KEYS[3], 'MINID', '=', oldest, '*', 'c', ARGV[5], 'u', ARGV[6])
  else
    redis.call('XADD', KEYS[3], 'MINID', '=', oldest, '*', 'c', ARGV[5])
  end
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return 'done'
