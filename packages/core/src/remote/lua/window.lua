-- Fixed windows and calendars, twin of algorithms/window.ts. A policy is capacity, the first end ahead, the second, the
-- third, and the begin; a state is used and end.
steps[2] = function()
  return {
    observe = function(p, s)
      if s[2] <= p[5] then return false end
      local e = (s[2] <= p[2] or s[2] > p[4]) and p[2] or s[2] <= p[3] and p[3] or p[4]
      if p[2] == p[4] and s[2] < e or s[2] == e then return false end
      s[2] = e
      return true
    end,
    earliest = function(p, s, units)
      if units > p[1] then return huge end
      return (s[2] > now and s[1] or 0) + units <= p[1] and now or s[2]
    end,
    available = function(p, s)
      return max(0, p[1] - (s[2] > now and s[1] or 0))
    end,
    book = function(p, s, units)
      if s[2] > now then s[1] = s[1] + units else s[1], s[2] = units, p[2] end
      return s
    end,
    settle = function(p, s, receipt, booked, final)
      local open = s[2] > now
      if final > booked then
        s[1], s[2] = min((open and s[1] or 0) + final - booked, most), open and s[2] or p[2]
      elseif open and s[2] == receipt then
        s[1] = max(0, s[1] - (booked - final))
      end
      return s
    end,
    -- Where zones change, a calendar's day may still count in the next one; two periods are longer than any one.
    idle = function(p, s)
      return s[2] + p[4] - p[2]
    end,
  }
end
