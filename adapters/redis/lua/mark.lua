-- The marker is there before the socket is touched; a marker that is there already is kept behind
-- it, as the answer to that attempt is still not known. The lease begins anew.
-- ARGV: root, channel, fence, key, sent (µs), takeover after (ms)
local box = open(ARGV[2])
if not is_ours(box, ARGV[3], ARGV[4]) then
  return 0
end
local marker = redis.call('HMGET', box.state, 'm_attempt', 'm_at', 'm_first')
local first = ARGV[5]
if marker[2] then
  first = marker[3]
  redis.call('HSET', box.state, 'p_attempt', marker[1], 'p_at', marker[2], 'p_first', marker[3])
else
  count('ambiguous', 1)
end
local attempt = redis.call('HINCRBY', box.state, 'attempts', 1)
redis.call('HSET', box.state, 'm_attempt', attempt, 'm_at', ARGV[5], 'm_first', first, 'm_fence', ARGV[3])
redis.call('ZADD', box.leased, text(now_ms() + ARGV[6]), box.member)
return 1
