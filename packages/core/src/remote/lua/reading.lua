-- The first arguments: how many policies, and of each its algorithm and five numbers.
local policies = {}
for i = 1, take() do
  local kind, a, b, c, d, e = take(), take(), take(), take(), take(), take()
  -- A fixed window that began now would end here, and no honest one ends later.
  if kind == 2 then b, c, d, e = now + b, now + b, now + b, now end
  -- A calendar brings its next three ends and its begin, by the caller's clock. Where this clock is in another period, the
  -- caller looks again before anything is decided.
  if kind == 5 then
    if now < e or now >= b then return redis.error_reply(format('SLUICE_PERIOD %d', now)) end
    kind = 2
  end
  if type(steps[kind]) == 'function' then steps[kind] = steps[kind]() end
  policies[i] = { a, b, c, d, e, kind = kind, steps = steps[kind] }
end

local stored = redis.call('MGET', unpack(KEYS))
local states, written = {}, {}

-- The state of a key as it is now, or nil where what is stored there is none of ours.
local function state(p, k)
  local s = states[k]
  if not s then
    local raw = stored[k]
    if p.kind == 4 then
      s = {}
      for digits in string.gmatch(raw or '0', '%d+') do s[#s + 1] = digits end
      if #s % 2 == 0 or raw and string.find(raw, '[^%d:]') then return end
    elseif raw then
      local a, b, c = string.match(raw, '^(%d+):(%d+):?(%d*)$')
      if not a then return end
      s = { a + 0, b + 0, c == '' and 0 or c + 0 }
    else
      s = { 0, 0, 0 }
    end
    states[k] = s
  end
  if p.steps.observe(p, s) then written[k] = p end
  return s
end

-- What is stored of a state: a row without a zero at its end, or a log as it is.
local function text(p, s)
  if p.kind == 4 then return table.concat(s, ':') end
  return format(s[3] > 0 and '%d:%d:%d' or '%d:%d', s[1], s[2], s[3])
end
