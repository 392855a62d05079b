-- A key is queued in a channel once, for ever. An alert for a version (`<id>#v3`) also says that the
-- paper alerted, so that a later cross-listing does not alert again.
-- For a tenant that is erased a matcher may still have some in hand: they go nowhere.
-- All posts are of one tenant. What follows from a channel's head is done where the post becomes it: a
-- channel that has one already is in `due`, in `leased` or held.
-- ARGV: root, posts' life (ms), tenant, then per run of posts with one key: key, kind (a, l, n; i: held
--       in the list before), weight, queued (ms), bucket, name, base's bucket, base's name, keys that a
--       list holds, how many posts, then per post: channel, body
local tenant = ARGV[3]
local platform = string.match(tenant, '^[^:]*')
local prefix = root .. tenant
local after = #tenant + 2
local due, leased = root .. 'due:' .. platform, root .. 'leased:' .. platform
local mark = string.match(redis.call('HGET', root .. 'removed', tenant) or '', '%a+$')
local new, queued = 0, 0
local list = nil

-- Whether the channel remembers the name from now on and did not before.
local function is_first(channel, bucket, name)
  if redis.call('SADD', prefix .. ':a:' .. channel .. ':' .. bucket, name) == 0 then
    return false
  end
  redis.call('SADD', prefix .. ':buckets:' .. channel, bucket)
  return true
end

local function queue(member, body, key, kind, weight, queued_ms, bucket, name, base_bucket, base_name, holds)
  local channel = string.sub(member, after)
  local post = prefix .. ':post:' .. channel .. ':' .. key
  if mark == 'erasing' or (mark == 'erased' and kind ~= 'n') then
    list = nil
  elseif kind == 'i' then
    if list then
      if bucket ~= '' then
        is_first(channel, bucket, name)
      end
      if base_bucket ~= '' then
        is_first(channel, base_bucket, base_name)
      end
      if redis.call('EXISTS', post) == 0 then
        redis.call('HSET', post, 'b', body, 'w', weight, 'k', 'a', 't', queued_ms, 's', bucket, 'm', name, 'i', list)
        redis.call('PEXPIRE', post, ARGV[2])
      end
    end
  else
    list = nil
    if (bucket == '' or is_first(channel, bucket, name)) and redis.call('EXISTS', post) == 0 then
      new = new + 1
      queued = queued + weight
      if base_bucket ~= '' then
        is_first(channel, base_bucket, base_name)
      end
      if kind == 'l' then
        list = key
        redis.call('HSET', post, 'b', body, 'w', weight, 'k', kind, 't', queued_ms, 's', bucket, 'm', name, 'c', holds)
      else
        redis.call('HSET', post, 'b', body, 'w', weight, 'k', kind, 't', queued_ms, 's', bucket, 'm', name)
      end
      redis.call('HSET', prefix .. ':box:' .. channel, 'queued_at', queued_ms)
      if redis.call('RPUSH', prefix .. ':q:' .. channel, key) == 1 and redis.call('HEXISTS', HELD, member) == 0 then
        redis.call('ZADD', WAITING, queued_ms, member)
        if not redis.call('ZSCORE', leased, member) then
          redis.call('ZADD', due, 'NX', queued_ms, member)
        end
      end
    end
  end
end

local place = 4
while place <= #ARGV do
  local first = place + 10
  local last = first + 2 * ARGV[place + 9] - 2
  for at = first, last, 2 do
    queue(ARGV[at], ARGV[at + 1], unpack(ARGV, place, place + 8))
  end
  place = last + 2
end
if new > 0 then
  redis.call('SADD', root .. 'platforms', platform)
  count('queued', queued)
  count('waiting', queued)
end
return new
