-- An event that a consumer took and did not acknowledge is given to another one; after so many
-- deliveries it is put aside, so that it stops nobody else.
-- KEYS: stream, dead    ARGV: group, consumer, count, idle (ms), deliveries at most, dead's life (ms)
redis.call('XGROUP', 'CREATECONSUMER', KEYS[1], ARGV[1], ARGV[2])
local claimed = {}
local left = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[4], '-', '+', ARGV[3])
for _, entry in ipairs(left) do
  local id, deliveries = entry[1], entry[4]
  if deliveries >= tonumber(ARGV[5]) then
    local event = redis.call('XRANGE', KEYS[1], id, id)[1]
    if event then
      redis.call('XADD', KEYS[2], '*', 'i', id, 'w', 'no matcher survived it', unpack(event[2]))
      redis.call('PEXPIRE', KEYS[2], ARGV[6])
    end
    redis.call('XACK', KEYS[1], ARGV[1], id)
  else
    local event = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[4], id)[1]
    if event then
      claimed[#claimed + 1] = event
    end
  end
end
-- Consumers without pending events that were away for a day will not come back.
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for place = 1, #fields, 2 do
    consumer[fields[place]] = fields[place + 1]
  end
  if consumer.pending == 0 and consumer.idle > 86400000 and consumer.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
  end
end
return claimed
