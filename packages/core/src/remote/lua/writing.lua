-- What has changed is written, and the answer given: the instant, a verdict for each group (a delay, or below zero a wait),
-- and the states as they were, or for plain charges on token buckets as they are.
local texts, lefts = {}, {}
for k = 1, #KEYS do
  local p = written[k]
  if p then
    texts[k], lefts[k] = text(p, states[k]), p.steps.idle(p, states[k]) - now
  end
  reply[#reply + 1] = short and texts[k] or stored[k]
end
return write(stored, texts, lefts) or reply
