-- A restored channel is held first, so that nothing of it is posted before a person says so.
-- ARGV: root, channel, why it is held ('': it is not), fields of the state, then field, value…,
--       then bucket, name…
local box = open(ARGV[2])
if ARGV[3] ~= '' then
  redis.call('HSET', HELD, box.member, ARGV[3])
  redis.call('ZREM', box.due, box.member)
end
local first = 5 + 2 * ARGV[4]
for place = 5, first - 1, 2 do
  local is_new = redis.call('HSETNX', box.state, ARGV[place], ARGV[place + 1])
  if is_new == 1 and ARGV[place] == 'm_at' then
    count('ambiguous', 1)
  end
end
for place = first, #ARGV, 2 do
  remember(box, ARGV[place], ARGV[place + 1])
end
note_head(box)
return 1
