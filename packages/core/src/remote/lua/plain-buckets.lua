-- Plain charges on token buckets in a straight line: what most calls are, for half of what others cost. The rule is that of
-- token-bucket.lua; where a bucket holds a slot, or was dated by a clock ahead of this one, the call is left to what follows.
--
-- Each argument's triple is a cost and a bucket's size, in hundredths * windowMs, and what drains in a millisecond. One
-- triple for each charge of a group: all groups of the call are alike, and each takes the next keys. No key comes twice.
local args, most = ARGV, 9007199254740991

-- The verdict on what can never fit: no wait is as long, and clients still read it to the last digit.
local never = -4503599627370496

-- A wait below zero, or zero and the debt that follows; nothing for a state that is left to others.
local function charged(raw, cost, full, drain)
  local debt = 0
  if raw then
    local colon = string.find(raw, ':', 1, true) or 0
    local at = tonumber(string.sub(raw, colon + 1))
    debt = tonumber(string.sub(raw, 1, colon - 1))
    if not debt or not at or at > now then return end
    debt = debt - (now - at) * drain
    if debt < 0 then debt = 0 end
  end
  local over = debt - (full - cost)
  if over <= 0 then return 0, debt + cost end
  return cost > full and never or -math.ceil(over / drain)
end

-- One charge. GET fails by itself on a key of another type. The answer is what is stored now where it fits, and that of
-- a call of many where it does not.
if not KEYS[2] and args[1] ~= '*' and not args[4] then
  local raw = redis.call('GET', KEYS[1])
  local drain = args[3] + 0
  local wait, debt = charged(raw, args[1] + 0, args[2] + 0, drain)
  if debt then
    raw = string.format('%d:%d', debt, now)
    redis.call('SET', KEYS[1], raw, 'PX', math.ceil(debt / drain) + extra)
    return raw
  end
  if wait then return { now, wait, raw } end
end

-- States that changed are written, each until it says no more than an absent one. Where one of the keys turns out to be
-- somebody else's, nothing is written, and that is the answer.
--
-- New keys come first, and only where there is none: MGET tells a key of another type as absent. Redis takes nothing back,
-- so what was claimed until then is deleted.
local function write(stored, texts, lefts)
  local claimed = {}
  for k = 1, #KEYS do
    if texts[k] and not stored[k] and lefts[k] > 0 then
      if not redis.call('SET', KEYS[k], texts[k], 'PX', lefts[k] + extra, 'NX') then
        if claimed[1] then redis.call('DEL', unpack(claimed)) end
        return redis.error_reply('SLUICE_FOREIGN')
      end
      claimed[#claimed + 1] = KEYS[k]
    end
  end
  for k = 1, #KEYS do
    if texts[k] and stored[k] then
      if lefts[k] > 0 then
        redis.call('SET', KEYS[k], texts[k], 'PX', lefts[k] + extra)
      else
        redis.call('DEL', KEYS[k])
      end
    end
  end
end

-- Many. The answer is the instant, each group's wait, and what is stored now, also where the call is left to what follows.
local short = args[1] ~= '*'
if short then
  local size = #args / 3
  local stored, texts, lefts, reply = redis.call('MGET', unpack(KEYS)), {}, {}, { now }
  -- Half of the format is the same for all.
  local plain, form = {}, string.format('%%d:%d', now)
  for i = 1, #args do plain[i] = args[i] + 0 end
  for from = 0, #KEYS - 1, size do
    local verdict = 0
    for c = 1, size do
      local wait, debt = charged(stored[from + c], plain[3 * c - 2], plain[3 * c - 1], plain[3 * c])
      if not wait then
        plain = nil
        break
      end
      if wait < verdict then verdict = wait end
      lefts[from + c] = debt
    end
    if not plain then break end
    reply[#reply + 1] = verdict
    if verdict == 0 then
      for k = from + 1, from + size do
        texts[k] = string.format(form, lefts[k])
        lefts[k] = math.ceil(lefts[k] / plain[3 * (k - from)])
      end
    end
  end
  if plain then
    local failed = write(stored, texts, lefts)
    if failed then return failed end
    for k = 1, #KEYS do reply[#reply + 1] = texts[k] or stored[k] end
    return reply
  end
  local all = { '*', size }
  for c = 1, size do
    for _, number in ipairs({ 1, args[3 * c - 1], args[3 * c], 1, 0, 0 }) do all[#all + 1] = number end
  end
  for from = 0, #KEYS - 1, size do
    all[#all + 1], all[#all + 2] = size, 0
    for c = 1, size do
      for _, number in ipairs({ c, from + c, args[3 * c - 2] }) do all[#all + 1] = number end
    end
  end
  args = all
end
