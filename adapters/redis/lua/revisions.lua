-- Some of a tenant's channels with their revisions; the settings themselves stay here. Reads only.
-- KEYS: channels    ARGV: cursor, about how many
local found = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local answer = {found[1]}
for place = 1, #found[2], 2 do
  answer[#answer + 1] = found[2][place]
  answer[#answer + 1] = string.match(found[2][place + 1], '^%d+') or ''
end
return answer
