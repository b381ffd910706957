-- The token bucket, twin of algorithms/token-bucket.ts. A policy is size and drain, both as in one-bucket.lua, and
-- windowMs; a state is debt, at and slot.
steps[1] = function()
  local function debt(p, s)
    return max(0, s[1] - (now - s[2]) * p[2])
  end
  return {
    delays = true,
    observe = function(p, s)
      if now >= s[2] then return false end
      if s[3] > 0 then s[3] = s[3] - (s[2] - now) end
      s[2] = now
      return true
    end,
    earliest = function(p, s, units)
      local cost = units * p[3]
      local excess = s[1] - (p[1] - cost)
      if excess <= 0 then return now end
      if cost > p[1] or excess > most then return huge end
      return max(now, s[2] + ceil(excess / p[2]))
    end,
    available = function(p, s, at)
      return max(0, floor((p[1] - max(0, s[1] - (at - s[2]) * p[2])) / p[3]))
    end,
    book = function(p, s, units, at)
      local standing, slot = debt(p, s), s[3]
      if at > now then
        standing, slot = max(standing, (at - now) * p[2]), max(slot, at)
      elseif slot <= now then
        slot = 0
      end
      s[1], s[2], s[3] = standing + units * p[3], now, slot
      return s
    end,
    settle = function(p, s, receipt, booked, final)
      local owed, slot = debt(p, s), s[3] > now and s[3] or 0
      if final >= booked then
        owed = min(owed + (final - booked) * p[3], most)
      else
        local edge = max(now, slot)
        local drained = receipt > edge and booked * p[3] or (edge - receipt) * p[2]
        local back = min((booked - final) * p[3], booked * p[3] - drained)
        if back > 0 then owed = max(0, owed - back) end
      end
      s[1], s[2], s[3] = owed, now, slot
      return s
    end,
    block = function(p, s, hold, shorten)
      local standing = shorten > 0 and 0 or debt(p, s)
      s[1], s[2], s[3] = max(min(p[1] + hold * p[2], most), standing), now, s[3] > now and s[3] or 0
      return s
    end,
    idle = function(p, s)
      return max(s[2] + ceil(s[1] / p[2]), s[3])
    end,
  }
end
