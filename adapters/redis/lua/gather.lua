-- All waiting alerts become one list at the head, and each still counts in the books; a head that may be
-- out already is left alone.
-- ARGV: root, channel, fence, head's key, list's key, now (ms), body's beginning, body's end, posts' life (ms)
local box = open(ARGV[2])
if not is_ours(box, ARGV[3], ARGV[4]) or redis.call('HEXISTS', box.state, 'm_at') == 1 then
  return 0
end
local bodies, keys, others, weight = {}, {}, {}, 0
for _, key in ipairs(redis.call('LRANGE', box.queue, 0, -1)) do
  local found = facts(box.post .. key)
  if found.kind == 'a' then
    bodies[#bodies + 1] = found.body
    keys[#keys + 1] = key
    weight = weight + found.weight
  else
    others[#others + 1] = key
  end
end
if #bodies == 0 then
  return 0
end
for _, key in ipairs(keys) do
  redis.call('HSET', box.post .. key, 'i', ARGV[5])
  redis.call('PEXPIRE', box.post .. key, ARGV[9])
end
redis.call('DEL', box.queue)
redis.call('RPUSH', box.queue, ARGV[5])
for _, key in ipairs(others) do
  redis.call('RPUSH', box.queue, key)
end
redis.call('HSET', box.post .. ARGV[5],
  'b', ARGV[7] .. table.concat(bodies, ',') .. ARGV[8], 'w', weight, 'k', 'l', 't', ARGV[6],
  's', '', 'm', '', 'c', table.concat(keys, '\n'))
redis.call('HDEL', box.state, 'attempts', 'refusals', 'crashes', 'reason', 'owner')
redis.call('ZREM', box.leased, box.member)
note_head(box)
make_due(box, ARGV[6])
return 1
