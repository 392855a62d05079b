-- A channel's outbox as it stands at one moment. Reads only.
-- ARGV: root, channel
local box = open(ARGV[2])
local posts, memory = {}, {}
for _, key in ipairs(redis.call('LRANGE', box.queue, 0, -1)) do
  local found = facts(box.post .. key)
  local fields = {
    'b', found.body, 'w', found.weight, 'k', found.kind, 't', found.queued_ms, 's', found.bucket, 'm', found.name,
  }
  if found.holds then
    fields[#fields + 1] = 'c'
    fields[#fields + 1] = found.holds
  end
  posts[#posts + 1] = {key, found.body and fields or {}}
end
for _, bucket in ipairs(buckets(box)) do
  local names = redis.call('SMEMBERS', box.memory .. bucket)
  if #names > 0 then
    memory[#memory + 1] = {bucket, names}
  end
end
return {posts, redis.call('HGETALL', box.state), memory}
