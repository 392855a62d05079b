-- A key is queued in a channel once, for ever. An alert for a version (`<id>#v3`) also says that the
-- paper alerted, so that a later cross-listing does not alert again.
-- For a tenant that is erased a matcher may still have some in hand: they go nowhere.
-- ARGV: root, posts' life (ms), then per post: channel, key, kind (a, l, n; i: held in the list before),
--       weight, queued (ms), body, bucket, name, base's bucket, base's name, keys that a list holds
local new = 0
local list = nil
local mark = ARGV[3] and string.match(redis.call('HGET', root .. 'removed', open(ARGV[3]).tenant) or '', '%a+$')
for place = 3, #ARGV, 11 do
  local box = open(ARGV[place])
  local key, kind, weight, queued_ms = ARGV[place + 1], ARGV[place + 2], ARGV[place + 3], ARGV[place + 4]
  local body, bucket, name = ARGV[place + 5], ARGV[place + 6], ARGV[place + 7]
  local post = box.post .. key
  local is_known = redis.call('EXISTS', post) == 1 or remembers(box, bucket, name)
  if mark == 'erasing' or (mark == 'erased' and kind ~= 'n') then
    list = nil
  elseif kind == 'i' then
    if list then
      remember(box, bucket, name)
      remember(box, ARGV[place + 8], ARGV[place + 9])
      if redis.call('EXISTS', post) == 0 then
        redis.call('HSET', post, 'b', body, 'w', weight, 'k', 'a', 't', queued_ms, 's', bucket, 'm', name, 'i', list)
        redis.call('PEXPIRE', post, ARGV[2])
      end
    end
  else
    list = nil
    if not is_known then
      new = new + 1
      if kind == 'l' then
        list = key
      end
      remember(box, bucket, name)
      remember(box, ARGV[place + 8], ARGV[place + 9])
      redis.call('HSET', post, 'b', body, 'w', weight, 'k', kind, 't', queued_ms, 's', bucket, 'm', name, 'c', ARGV[place + 10])
      redis.call('RPUSH', box.queue, key)
      redis.call('HSET', box.state, 'queued_at', queued_ms)
      redis.call('SADD', root .. 'platforms', box.platform)
      count('queued', weight)
      count('waiting', weight)
      note_head(box)
      make_due(box, queued_ms)
    end
  end
end
return new
