-- An event leaves the stream only when it is acknowledged and old, never by the stream's length.
-- KEYS: stream, trimmed    ARGV: group, stream's life (ms), id…
for place = 3, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[place])
end
local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end
local function is_before(one, other)
  local ms, sequence = parts(one)
  local other_ms, other_sequence = parts(other)
  return ms < other_ms or (ms == other_ms and sequence < other_sequence)
end
local time = redis.call('TIME')
local bound = string.format('%.0f-0', time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[2])
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not first or not is_before(first[1], bound) then
  return 0
end
-- What no consumer has acknowledged, or not even taken, stays, however old it is.
local pending = redis.call('XPENDING', KEYS[1], ARGV[1])[2]
if pending and is_before(pending, bound) then
  bound = pending
end
for _, fields in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for place = 1, #fields, 2 do
    group[fields[place]] = fields[place + 1]
  end
  if group.name == ARGV[1] then
    local ms, sequence = parts(group['last-delivered-id'])
    local untaken = string.format('%.0f-%.0f', ms, sequence + 1)
    if is_before(untaken, bound) then
      bound = untaken
    end
  end
end
local last = redis.call('XREVRANGE', KEYS[1], '(' .. bound, '-', 'COUNT', 1)[1]
if not last then
  return 0
end
redis.call('SET', KEYS[2], last[1])
return redis.call('XTRIM', KEYS[1], 'MINID', '=', bound)
