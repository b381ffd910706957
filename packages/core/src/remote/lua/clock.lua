-- The instant of the call in whole milliseconds, by the server's clock. Read once: before Redis 7.2 time goes on while
-- a script runs.
local time = redis.call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local extra = 0
