-- A paper's record, its aliases and its event are one: either another revision came first and
-- nothing changes, or all of it is there. Several papers share a script, so that one sync of the
-- append-only file serves them all.
-- KEYS: recent, stream, then per paper: seen, record, alias…
-- ARGV: record's life (ms), aliases' life (ms), then per paper: number of aliases, field, expected
--       revision, seen value, seen's life (ms, 0: for ever), id, paper ('': keep), event kind ('': none),
--       paper before ('': none)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- Scores rise by one at least, so that a reader can go on from the last one it had.
local score = tonumber(redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '0')

local function remember(place, key, aliases)
  local field, revision, value, life = ARGV[place + 1], ARGV[place + 2], ARGV[place + 3], ARGV[place + 4]
  local id, paper, kind, before = ARGV[place + 5], ARGV[place + 6], ARGV[place + 7], ARGV[place + 8]
  local stored = redis.call('HGET', KEYS[key], field)
  if (stored and string.match(stored, '^%[(%d+)') or '0') ~= revision then
    return 0
  end
  redis.call('HSET', KEYS[key], field, value)
  if life ~= '0' then
    redis.call('PEXPIRE', KEYS[key], life)
  end
  if paper == '' then
    return 1
  end
  redis.call('SET', KEYS[key + 1], paper, 'PX', ARGV[1])
  score = math.max(now, score + 1)
  redis.call('ZADD', KEYS[1], string.format('%.0f', score), id)
  for alias = key + 2, key + 1 + aliases do
    redis.call('SET', KEYS[alias], id, 'PX', ARGV[2])
  end
  if kind ~= '' and before ~= '' then
    redis.call('XADD', KEYS[2], '*', 'k', kind, 'p', paper, 'b', before)
  elseif kind ~= '' then
    redis.call('XADD', KEYS[2], '*', 'k', kind, 'p', paper)
  end
  return 1
end

local done = {}
local key = 3
for place = 3, #ARGV, 9 do
  local aliases = tonumber(ARGV[place])
  done[#done + 1] = remember(place, key, aliases)
  key = key + 2 + aliases
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1] * 1000))
return done
