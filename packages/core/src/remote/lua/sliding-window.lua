-- The sliding window, twin of algorithms/sliding-window.ts. A policy is capacity and windowMs; a state is previous,
-- current and start.
steps[3] = function()
  local function roll(p, s)
    local passed = floor((now - s[3]) / p[2])
    if passed == 1 then
      s[1], s[2], s[3] = s[2], 0, s[3] + p[2]
    elseif passed > 1 then
      s[1], s[2], s[3] = 0, 0, now - now % p[2]
    end
    return s[1], s[2], s[3]
  end
  return {
    observe = function(_, s)
      if now >= s[3] then return false end
      s[3] = now
      return true
    end,
    earliest = function(p, s, units)
      if units > p[1] then return huge end
      local previous, current, start = roll(p, s)
      local room = p[1] * p[2] - (current + units) * p[2]
      if room < 0 then return start + p[2] + ceil((current + units - p[1]) * p[2] / current) end
      return previous == 0 and now or max(now, start + p[2] - floor(room / previous))
    end,
    available = function(p, s)
      local previous, current, start = roll(p, s)
      return max(0, floor((p[1] * p[2] - previous * (start + p[2] - now) - current * p[2]) / p[2]))
    end,
    book = function(p, s, units)
      roll(p, s)
      s[2] = s[2] + units
      return s
    end,
    settle = function(p, s, receipt, booked, final)
      local previous, current, start = roll(p, s)
      local more = final - booked
      if more > 0 then
        s[2] = min(current + more, floor(most / (4 * p[2])))
      elseif receipt == start then
        s[2] = max(0, current + more)
      elseif receipt == start - p[2] then
        s[1] = max(0, previous + more)
      end
      return s
    end,
    idle = function(p, s)
      return (s[2] > 0 or s[3] % p[2] > 0) and s[3] + 2 * p[2] or s[1] > 0 and s[3] + p[2] or 0
    end,
  }
end
