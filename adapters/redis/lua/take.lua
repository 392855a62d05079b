-- One sender a channel: whoever takes it gets a fence higher than all before, and the writes of
-- those are refused from then on. A dead sender's channel is taken after its lease and the longest post.
-- ARGV: root, owner, now (ms, the callers' clock), takeover after (ms), day, takeovers at most,
--       posts' life (ms), platforms…
local function earliest(which, bound)
  local best, score
  for place = 8, #ARGV do
    local found = redis.call('ZRANGEBYSCORE', root .. which .. ':' .. ARGV[place], '-inf', bound, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] and (not score or tonumber(found[2]) < score) then
      best, score = found[1], tonumber(found[2])
    end
  end
  return best
end

for _ = 1, 100 do
  local member = earliest('leased', now_ms())
  local is_lost = member
  member = member or earliest('due', ARGV[3])
  if not member then
    return false
  end
  local box = open(member)
  redis.call('ZREM', box.due, member)
  redis.call('ZREM', box.leased, member)
  local key = redis.call('LINDEX', box.queue, 0)
  -- Its tenant took the app out: it waits, like a channel that is held, until a person resumes it.
  local mark = redis.call('HGET', root .. 'removed', box.tenant)
  if mark and not string.find(mark, 'erased', 1, true) then
    local place = string.find(box.tenant, 'discord:', 1, true) == 1 and 'server' or 'workspace'
    redis.call('HSET', HELD, member, 'paperwire was removed from the ' .. place)
    note_head(box)
    key = nil
  end
  if key and is_lost and redis.call('HINCRBY', box.state, 'crashes', 1) >= tonumber(ARGV[6]) then
    give_up(box, key, 'its senders died ' .. ARGV[6] .. ' times', ARGV[7], ARGV[3])
  elseif key then
    local fence = redis.call('HINCRBY', box.state, 'fence', 1)
    redis.call('HSET', box.state, 'owner', ARGV[2])
    redis.call('ZADD', box.leased, text(now_ms() + ARGV[4]), member)
    local state = redis.call('HMGET', box.state, 'attempts', 'refusals', 'm_attempt', 'm_at', 'm_first', 'day', 'posted')
    local posted = state[6] == ARGV[5] and state[7] or '0'
    local body = redis.call('HGET', box.post .. key, 'b')
    local last = facts(box.post .. redis.call('LINDEX', box.queue, -1))
    return {
      member, text(fence), key, body or '', state[1] or '0', state[2] or '0', state[3] or '', state[4] or '',
      state[5] or '', posted, redis.call('LLEN', box.queue) - 1, last.queued_ms or '0',
    }
  end
end
return false
