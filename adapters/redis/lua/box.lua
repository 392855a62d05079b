-- What the outbox's scripts share. KEYS[1] is the partition's books, so that the slot is known; all
-- other keys are made from ARGV[1], the root of the same partition.
--
-- The invariants: a channel with waiting posts that is not held is either in `due` or in `leased`, in
-- one of them; queued = sent + dead + waiting in the books; the head is the queue's first key.
local root = ARGV[1]

local function open(member)
  local tenant, channel = string.match(member, '^([^:]*:[^:]*):(.*)$')
  local platform = string.match(member, '^[^:]*')
  local prefix = root .. tenant
  return {
    member = member,
    tenant = tenant,
    platform = platform,
    queue = prefix .. ':q:' .. channel,
    state = prefix .. ':box:' .. channel,
    post = prefix .. ':post:' .. channel .. ':',
    memory = prefix .. ':a:' .. channel .. ':',
    buckets = prefix .. ':buckets:' .. channel,
    dead = prefix .. ':dead',
    due = root .. 'due:' .. platform,
    leased = root .. 'leased:' .. platform,
  }
end

local WAITING, HELD, BUCKETS, BOOKS = root .. 'waiting', root .. 'held', root .. 'buckets', KEYS[1]

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function text(number)
  return string.format('%.0f', number)
end

local function count(name, by)
  redis.call('HINCRBY', BOOKS, name, by)
end

local function is_held(box)
  return redis.call('HEXISTS', HELD, box.member) == 1
end

local function remembers(box, bucket, name)
  return bucket ~= '' and redis.call('SISMEMBER', box.memory .. bucket, name) == 1
end

local function remember(box, bucket, name)
  if bucket ~= '' then
    redis.call('SADD', box.memory .. bucket, name)
    redis.call('SADD', BUCKETS, bucket)
  end
end

-- The buckets under which the channel may remember something.
local function buckets(box)
  return redis.call('SUNION', BUCKETS, box.buckets)
end

-- What a post says of itself; nothing of one that is gone. Of alerts only the time and the memory are
-- written, in one field, as nearly all posts are alerts.
local function facts(post)
  local found = redis.call('HMGET', post, 'b', 'q', 'w', 'k', 't', 's', 'm', 'c')
  local at, bucket, name = string.match(found[2] or '', '^(%d+) (%S*) (.*)$')
  return {
    body = found[1], weight = found[3] or (at and '1'), kind = found[4] or (at and 'a'), queued_ms = found[5] or at,
    bucket = found[6] or bucket, name = found[7] or name, holds = found[8],
  }
end

-- The time since which the channel's head waits, unless the channel is held.
local function note_head(box)
  local head = redis.call('LINDEX', box.queue, 0)
  if head and not is_held(box) then
    redis.call('ZADD', WAITING, facts(box.post .. head).queued_ms, box.member)
  else
    redis.call('ZREM', WAITING, box.member)
  end
end

-- Due at a time, unless an earlier decision says when, somebody sends, or a person must resume.
local function make_due(box, at_ms)
  if redis.call('LLEN', box.queue) == 0 or is_held(box) then
    return
  end
  if not redis.call('ZSCORE', box.leased, box.member) then
    redis.call('ZADD', box.due, 'NX', at_ms, box.member)
  end
end

-- Whether this lease is still the channel's, and this key its head.
local function is_ours(box, fence, key)
  return redis.call('ZSCORE', box.leased, box.member)
    and redis.call('HGET', box.state, 'fence') == fence
    and redis.call('LINDEX', box.queue, 0) == key
end

local function forget_marker(box)
  if redis.call('HEXISTS', box.state, 'm_at') == 1 then
    count('ambiguous', -1)
  end
  redis.call('HDEL', box.state, 'm_attempt', 'm_at', 'm_first', 'm_fence', 'p_attempt', 'p_at', 'p_first')
end

-- What is certain of this lease's attempt says nothing of an earlier one, whose marker comes back.
local function unmark(box, fence)
  if redis.call('HGET', box.state, 'm_fence') ~= fence then
    return
  end
  local before = redis.call('HMGET', box.state, 'p_attempt', 'p_at', 'p_first')
  if before[1] then
    redis.call('HSET', box.state, 'm_attempt', before[1], 'm_at', before[2], 'm_first', before[3])
    redis.call('HDEL', box.state, 'm_fence', 'p_attempt', 'p_at', 'p_first')
  else
    forget_marker(box)
  end
end

-- The head goes; the next one begins without a past.
local function pop(box, at_ms)
  redis.call('LPOP', box.queue)
  forget_marker(box)
  redis.call('HDEL', box.state, 'attempts', 'refusals', 'crashes', 'reason')
  note_head(box)
  make_due(box, at_ms)
end

local function give_up(box, key, why, life_ms, at_ms)
  local post = box.post .. key
  local found = facts(post)
  redis.call('XADD', box.dead, '*', 'c', box.member, 'k', key, 'w', why, 'b', found.body)
  redis.call('PEXPIRE', box.dead, life_ms)
  redis.call('PEXPIRE', post, life_ms)
  count('dead', found.weight)
  count('waiting', -found.weight)
  pop(box, at_ms)
end
