-- Group after group, as algorithms/decide.ts decides: all or nothing, and later ones see what earlier ones booked.
--
-- A group is the number of its charges, the delay that all of them accept, and of each charge the policy, the key and the
-- least units; where the policy's number is negative also the most units and the mode (1 peeks, 2 is a shadow).
-- A group of -1 is a settlement: policy, key, receipt, booked and final units, from when to when time was told twice as
-- far as the caller knows, and the latest instant it has seen. A group of -2 forgets a key. A group of -3 blocks one: policy,
-- key, for how long, and whether it may shorten a block.
local reply = { now }
local owners, keys, leasts, mosts, modes, waits = {}, {}, {}, {}, {}, {}
while args[at_argument + 1] do
  local count, delay = take(), take()
  local verdict = 0
  if count > 0 then
    local wait, allowed = 0, true
    for c = 1, count do
      local index, k, units = take(), take(), take()
      mosts[c], modes[c] = units, 0
      if index < 0 then
        index, mosts[c], modes[c] = -index, take(), take()
      end
      local p = policies[index]
      local s = state(p, k)
      if not s then return redis.error_reply('SLUICE_FOREIGN') end
      local own = units > 0 and p.steps.earliest(p, s, units) - now or 0
      owners[c], keys[c], leasts[c], waits[c] = p, k, units, own
      if modes[c] < 2 then
        if own > wait then wait = own end
        if own > delay then allowed = false end
      end
    end
    if not allowed then
      verdict = wait == huge and never or delay - wait
    else
      verdict = wait
      for c = 1, count do
        local p, k, units = owners[c], keys[c], leasts[c]
        -- A shadow goes along to the slot, but only where there are slots.
        local at = p.steps.delays and now + wait or now
        if modes[c] ~= 1 and waits[c] <= (modes[c] == 2 and at - now or delay) then
          if mosts[c] > units then units = max(units, min(mosts[c], p.steps.available(p, states[k], at))) end
          if units > 0 then
            states[k] = p.steps.book(p, states[k], units, at)
            written[k] = p
          end
        end
      end
    end
  elseif count < 0 then
    local p, k = policies[take()], take()
    local receipt, booked, final, told_twice
    if count == -1 then
      receipt, booked, final = take(), take(), take()
      local from, to, last = take(), take(), take()
      if now < last then from, to = min(from, now), max(to, last) end
      told_twice = final < booked and receipt > from and receipt <= to
    end
    if not told_twice then
      local s = state(p, k)
      if not s then return redis.error_reply('SLUICE_FOREIGN') end
      if count == -3 then
        states[k] = p.steps.block(p, s, take(), take())
      else
        states[k] = receipt and p.steps.settle(p, s, receipt, booked, final) or p.kind == 4 and { 0 } or { 0, 0, 0 }
      end
      written[k] = p
    end
  end
  reply[#reply + 1] = verdict
end
