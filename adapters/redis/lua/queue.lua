-- A key is queued in a channel once, for ever. An alert for a version (`<id>#v3`) also says that the
-- paper alerted, so that a later cross-listing does not alert again.
-- For a tenant that is erased a matcher may still have some in hand: they go nowhere.
-- All posts are of one partition. What follows from a channel's head is done where the post becomes it:
-- a channel that has one already is in `due`, in `leased` or held.
-- Thousands of alerts come at once, so that an alert costs three commands, and what many of them share
-- is asked or told once.
-- ARGV: root, posts' life (ms), then per run of posts with one key: key, kind (a, l, n; i: held in the
--       list before), weight, queued (ms), bucket, name, base's bucket, base's name, keys that a list
--       holds, how many tenants, then per tenant: tenant, its posts: a line of channel and one of body each
local new, queued = 0, 0
local list = nil
local has_removed = redis.call('HLEN', root .. 'removed') > 0
local has_held = redis.call('HLEN', HELD) > 0
local waiting, platforms = {}, {}

-- What the tenants of a platform share; `heads` become due with the script's end.
local function platform_of(tenant)
  local name = string.match(tenant, '^[^:]*')
  if not platforms[name] then
    local leased = root .. 'leased:' .. name
    platforms[name] = {leased = leased, is_busy = redis.call('ZCARD', leased) > 0, heads = {}, new = 0}
  end
  return platforms[name]
end

-- Whether the channel remembers the name from now on and did not before.
local function is_first(prefix, channel, bucket, name)
  return redis.call('SADD', prefix .. ':a:' .. channel .. ':' .. bucket, name) == 1
end

local function note_new_head(platform, member, queued_ms)
  if has_held and redis.call('HEXISTS', HELD, member) == 1 then
    return
  end
  waiting[#waiting + 1] = queued_ms
  waiting[#waiting + 1] = member
  if not (platform.is_busy and redis.call('ZSCORE', platform.leased, member)) then
    platform.heads[#platform.heads + 1] = queued_ms
    platform.heads[#platform.heads + 1] = member
  end
end

-- The lines of a text, two at a time.
local function lines(text)
  local at = 1
  return function()
    local middle = string.find(text, '\n', at, true)
    if middle then
      local last = string.find(text, '\n', middle + 1, true)
      local one, other = string.sub(text, at, middle - 1), string.sub(text, middle + 1, last - 1)
      at = last + 1
      return one, other
    end
  end
end

-- Posts with one key for channels of one tenant.
local function queue(tenant, posts, key, kind, weight, queued_ms, bucket, name, base_bucket, base_name, holds)
  local mark = has_removed and string.match(redis.call('HGET', root .. 'removed', tenant) or '', '%a+$')
  if mark == 'erasing' or (mark == 'erased' and kind ~= 'n') then
    list = nil
    return
  end
  local platform = platform_of(tenant)
  local prefix = root .. tenant
  local said = queued_ms .. ' ' .. bucket .. ' ' .. name
  for channel, body in lines(posts) do
    local post = prefix .. ':post:' .. channel .. ':' .. key
    local is_new = false
    if kind == 'a' then
      list = nil
      -- A post that is there already has one of the two: it is the same paper, and stays where it is.
      is_new = (bucket == '' or is_first(prefix, channel, bucket, name))
        and redis.call('HSET', post, 'b', body, 'q', said) == 2
    elseif kind == 'i' then
      if list then
        if bucket ~= '' then
          is_first(prefix, channel, bucket, name)
        end
        if base_bucket ~= '' then
          is_first(prefix, channel, base_bucket, base_name)
        end
        if redis.call('EXISTS', post) == 0 then
          redis.call('HSET', post, 'b', body, 'q', said, 'i', list)
          redis.call('PEXPIRE', post, ARGV[2])
        end
      end
    else
      list = nil
      if (bucket == '' or is_first(prefix, channel, bucket, name)) and redis.call('EXISTS', post) == 0 then
        is_new = true
        redis.call('HSET', post, 'b', body, 'w', weight, 'k', kind, 't', queued_ms, 's', bucket, 'm', name)
        if kind == 'l' then
          list = key
          redis.call('HSET', post, 'c', holds)
        end
      end
    end
    if is_new then
      new = new + 1
      queued = queued + weight
      platform.new = platform.new + 1
      if base_bucket ~= '' then
        is_first(prefix, channel, base_bucket, base_name)
      end
      if redis.call('RPUSH', prefix .. ':q:' .. channel, key) == 1 then
        note_new_head(platform, tenant .. ':' .. channel, queued_ms)
      end
    end
  end
end

local place = 3
while place <= #ARGV do
  local tenants = place + 10
  for _ = 1, ARGV[place + 9] do
    queue(ARGV[tenants], ARGV[tenants + 1], unpack(ARGV, place, place + 8))
    tenants = tenants + 2
  end
  for bucket = place + 4, place + 6, 2 do
    if ARGV[bucket] ~= '' then
      redis.call('SADD', BUCKETS, ARGV[bucket])
    end
  end
  place = tenants
end
if #waiting > 0 then
  redis.call('ZADD', WAITING, unpack(waiting))
end
for name, platform in pairs(platforms) do
  if #platform.heads > 0 then
    redis.call('ZADD', root .. 'due:' .. name, 'NX', unpack(platform.heads))
  end
  if platform.new > 0 then
    redis.call('SADD', root .. 'platforms', name)
  end
end
if new > 0 then
  count('queued', queued)
  count('waiting', queued)
end
return new
