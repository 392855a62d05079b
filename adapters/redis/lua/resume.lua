-- A person says so: what was held is due.
-- ARGV: root, channel, now (ms)
local box = open(ARGV[2])
redis.call('HDEL', HELD, box.member)
redis.call('HDEL', box.state, 'refusals', 'reason')
redis.call('ZREM', box.due, box.member)
note_head(box)
make_due(box, ARGV[3])
return redis.call('LLEN', box.queue)
