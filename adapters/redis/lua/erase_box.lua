-- A channel's waiting posts go, so many in one script, and with each what the books say of it; the
-- rest of its outbox goes with the last one. Answers how many wait still, and how many keys went.
-- ARGV: root, channel, posts at most
local box = open(ARGV[2])
redis.call('ZREM', box.due, box.member)
redis.call('ZREM', box.leased, box.member)
redis.call('ZREM', WAITING, box.member)
redis.call('HDEL', HELD, box.member)
local gone = 0
for _, key in ipairs(redis.call('LPOP', box.queue, ARGV[3]) or {}) do
  local weight = facts(box.post .. key).weight or 0
  count('queued', -weight)
  count('waiting', -weight)
  gone = gone + redis.call('DEL', box.post .. key)
end
local left = redis.call('LLEN', box.queue)
if left == 0 then
  forget_marker(box)
  gone = gone + redis.call('DEL', box.state)
end
return {left, gone}
