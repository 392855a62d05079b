-- A channel's outbox as it stands at one moment. Reads only.
-- ARGV: root, channel
local box = open(ARGV[2])
local posts, memory = {}, {}
for _, key in ipairs(redis.call('LRANGE', box.queue, 0, -1)) do
  posts[#posts + 1] = {key, redis.call('HGETALL', box.post .. key)}
end
for _, bucket in ipairs(redis.call('SMEMBERS', box.buckets)) do
  memory[#memory + 1] = {bucket, redis.call('SMEMBERS', box.memory .. bucket)}
end
return {posts, redis.call('HGETALL', box.state), memory}
