-- The sliding log, twin of algorithms/sliding-log.ts. A policy is limit and windowMs; a state is when it was last written
-- and, one after the other, each stamp's instant and count. Stamps stay the digits they were read as, so that those that
-- are only kept cost next to nothing.
steps[4] = function()
  local function after(s, instant)
    local count = 0
    for i = #s - 1, 2, -2 do
      if s[i] + 0 <= instant then break end
      count = count + s[i + 1]
    end
    return count
  end
  local function last(s)
    return #s > 1 and s[#s - 1] + 0 or now
  end
  local function live(p, s)
    local kept = { now }
    for i = 2, #s, 2 do
      if #kept > 1 or s[i] + 0 > now - p[2] then
        kept[#kept + 1] = s[i]
        kept[#kept + 1] = s[i + 1]
      end
    end
    return kept
  end
  local function stamp(s, at, count)
    local size = #s
    if size > 1 and s[size - 1] + 0 == at then
      s[size] = format('%d', s[size] + count)
    else
      s[size + 1], s[size + 2] = format('%d', at), format('%d', count)
    end
    return s
  end
  return {
    delays = true,
    observe = function(_, s)
      local ahead = s[1] - now
      if ahead <= 0 then return false end
      s[1] = now
      for i = 2, #s, 2 do s[i] = format('%d', s[i] - ahead) end
      return true
    end,
    earliest = function(p, s, units)
      if units > p[1] * 100 then return huge end
      local slot = max(now, last(s))
      local over = after(s, slot - p[2]) + units / 100 - p[1]
      for i = 2, #s, 2 do
        if over <= 0 then break end
        local at = s[i] + 0
        if at > slot - p[2] then
          over = over - s[i + 1]
          slot = max(slot, at + p[2])
        end
      end
      return slot
    end,
    available = function(p, s, at)
      return last(s) > at and 0 or max(0, p[1] - after(s, at - p[2])) * 100
    end,
    book = function(p, s, units, at)
      return stamp(live(p, s), at, units / 100)
    end,
    settle = function(p, s, receipt, booked, final)
      local kept, more = live(p, s), ceil((final - booked) / 100)
      if more > 0 then
        stamp(kept, max(now, last(kept)), more)
        if #kept > 1 + 2 * max(1, p[1]) then
          kept[5] = format('%d', kept[3] + kept[5])
          table.remove(kept, 2)
          table.remove(kept, 2)
        end
        return kept
      end
      for i = #kept - 1, 2, -2 do
        if kept[i] + 0 == receipt then
          kept[i + 1] = format('%d', max(0, kept[i + 1] + more))
          if kept[i + 1] == '0' then
            table.remove(kept, i)
            table.remove(kept, i)
          end
        end
      end
      return kept
    end,
    idle = function(p, s)
      return #s > 1 and s[#s - 1] + p[2] or 0
    end,
  }
end
