-- Names for what the steps use, and the table that the files of the algorithms fill: each with a function that gives its
-- steps, so that a call makes those of the algorithms it asks for and no others.
--
-- Steps are functions of a policy p, its numbers in order, and of a state s, a list of numbers in the order in which it is
-- stored. They do what those of algorithms/steps.ts do; `now` is the call's. They may change s, which only ever becomes
-- what it is at `now`.
local max, min, floor, ceil, huge, format = math.max, math.min, math.floor, math.ceil, math.huge, string.format
local steps = {}

-- The next argument.
local at_argument = 1
local function take()
  at_argument = at_argument + 1
  return args[at_argument] + 0
end
