-- When each partition's next post is due, or its next dead sender may be replaced: by the callers'
-- clock and by the store's. Reads only.
-- KEYS: books of each partition    ARGV: root of each partition, platforms… (none: all)
local function earlier(score, key)
  local found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  return found and (score == '' or tonumber(found) < tonumber(score)) and found or score
end
local answer = {}
for place = 1, #KEYS do
  local root = ARGV[place]
  local platforms = {unpack(ARGV, #KEYS + 1)}
  if #platforms == 0 then
    platforms = redis.call('SMEMBERS', root .. 'platforms')
  end
  local due, over = '', ''
  for _, platform in ipairs(platforms) do
    due = earlier(due, root .. 'due:' .. platform)
    over = earlier(over, root .. 'leased:' .. platform)
  end
  answer[#answer + 1] = due
  answer[#answer + 1] = over
end
local time = redis.call('TIME')
answer[#answer + 1] = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return answer
