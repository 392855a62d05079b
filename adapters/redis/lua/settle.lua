-- What follows from an outcome happens at once: receipt and removal, or the next time, or the end; and
-- the lease is given back.
-- ARGV: root, channel, fence, key, step, now (ms), posts' life (ms), then
--       done: receipt, posted (µs), day    later: at (ms), reason, '1' when ambiguous, refusals
--       dead: reason                       hold: reason
local box = open(ARGV[2])
if not is_ours(box, ARGV[3], ARGV[4]) then
  return 0
end
local key, step, at_ms = ARGV[4], ARGV[5], ARGV[6]
local post = box.post .. key
redis.call('ZREM', box.leased, box.member)
redis.call('HDEL', box.state, 'crashes', 'owner')
if step == 'done' then
  local found = facts(post)
  redis.call('HSET', post, 'r', ARGV[8], 'at', ARGV[9])
  redis.call('PEXPIRE', post, ARGV[7])
  if found.kind == 'a' then
    if redis.call('HGET', box.state, 'day') ~= ARGV[10] then
      redis.call('HSET', box.state, 'day', ARGV[10], 'posted', 0)
    end
    redis.call('HINCRBY', box.state, 'posted', 1)
  end
  count('sent', found.weight)
  count('waiting', -found.weight)
  pop(box, at_ms)
elseif step == 'later' then
  if ARGV[10] ~= '1' then
    unmark(box, ARGV[3])
  end
  redis.call('HSET', box.state, 'refusals', ARGV[11], 'reason', ARGV[9])
  make_due(box, ARGV[8])
elseif step == 'dead' then
  give_up(box, key, ARGV[8], ARGV[7], at_ms)
else
  unmark(box, ARGV[3])
  redis.call('HSET', HELD, box.member, ARGV[8])
  note_head(box)
end
return 1
