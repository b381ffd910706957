-- A name, its fence and its note: the twin of algorithms/lease.ts, in a script of its own. What is stored is
-- `fence:end:note`, and expires.
--
-- To look takes no argument. Else these are the verb, how long the name is held, how long what is known of it is kept,
-- the fence (none if empty), and the note (as it was if absent). The answer is the instant, whether it was granted, and
-- what had been found.
local raw = redis.call('GET', KEYS[1])
local fence, ending, note = 0, 0, ''
if raw then
  local head, tail
  head, tail, fence, ending = string.find(raw, '^(%d+):(%d+):')
  note = head and string.sub(raw, tail + 1)
  fence, ending = tonumber(fence), tonumber(ending)
  if not head or math.max(fence, ending) > 9007199254740990 then return redis.error_reply('SLUICE_FOREIGN') end
end

local verb, given = ARGV[1], tonumber(ARGV[4])
if not verb then return { now, 1, raw } end
local held = ending > now
if verb == 'renew' and not (held and given == fence) then return { now, 0, raw } end
if verb == 'take' then
  if given and given ~= fence or held and not given then return { now, 0, raw } end
  fence = math.max(fence + 1, now)
end
local stored = string.format('%d:%d:', fence, now + ARGV[2]) .. (ARGV[5] or note)
redis.call('SET', KEYS[1], stored, 'PX', ARGV[3] + extra)
return { now, 1, raw }
