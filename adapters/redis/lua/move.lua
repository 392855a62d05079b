-- What waits goes to the other channel with the memory of what alerted, so that nothing is posted
-- twice there and nothing is lost on the way; a post that may be out already ends where it began.
-- ARGV: root, source, target, posts' life (ms)
local from, to = open(ARGV[2]), open(ARGV[3])
local keys = redis.call('LRANGE', from.queue, 0, -1)
local is_busy = redis.call('ZSCORE', from.leased, from.member) or redis.call('HEXISTS', from.state, 'm_at') == 1
local first = is_busy and 2 or 1

local function carry(key)
  local found = facts(from.post .. key)
  if found.bucket and found.bucket ~= '' then
    redis.call('SREM', from.memory .. found.bucket, found.name)
    remember(to, found.bucket, found.name)
  end
  redis.call('RENAME', from.post .. key, to.post .. key)
end

-- All leave the queue but the head that stays; LTRIM to an empty range deletes.
redis.call('LTRIM', from.queue, 0, first - 2)
if first == 1 then
  redis.call('DEL', from.queue)
end
local moved = 0
for place = first, #keys do
  local key = keys[place]
  local post = facts(from.post .. key)
  if redis.call('EXISTS', to.post .. key) == 1 or remembers(to, post.bucket, post.name) then
    redis.call('SREM', from.memory .. post.bucket, post.name)
    redis.call('DEL', from.post .. key)
    count('queued', -post.weight)
    count('waiting', -post.weight)
  else
    for held in string.gmatch(post.holds or '', '[^\n]+') do
      if redis.call('EXISTS', from.post .. held) == 1 then
        carry(held)
      end
    end
    carry(key)
    redis.call('RPUSH', to.queue, key)
    moved = moved + 1
  end
end
for _, bucket in ipairs(buckets(from)) do
  if redis.call('EXISTS', from.memory .. bucket) == 1 then
    redis.call('SUNIONSTORE', to.memory .. bucket, to.memory .. bucket, from.memory .. bucket)
  end
end
if redis.call('LLEN', from.queue) == 0 then
  redis.call('ZREM', from.due, from.member)
end
note_head(from)
note_head(to)
local head = redis.call('LINDEX', to.queue, 0)
if head then
  make_due(to, facts(to.post .. head).queued_ms)
end
return moved
