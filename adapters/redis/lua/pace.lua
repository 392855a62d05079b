-- Turns of one name are at least a gap apart, whoever asks, by the store's clock.
-- KEYS: pace    ARGV: gap (µs)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = now
local asked, following = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
if asked then
  following = tonumber(following)
  -- A clock that was set back: what is still to be waited stays, and not the hour that came twice.
  following = following - math.max(0, asked - now)
  turn = math.max(now, following)
end
local after = turn + ARGV[1]
local life = math.ceil((after - now) / 1000) + 1000
redis.call('SET', KEYS[1], string.format('%.0f %.0f', now, after), 'PX', string.format('%.0f', life))
return string.format('%.0f', turn - now)
