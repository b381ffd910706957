/** Token buckets as scripts with nothing around them: what a decision on a Redis server has to cost at least. */

import { slow } from "./rates.ts";

/** How long a unit takes to drain, in whole milliseconds. */
const unitMs = slow.windowMs / slow.limit;

/** What any script costs that touches one key. */
export const increment = `return redis.call("INCR", KEYS[1])`;

/**
 * As little as can be: the server's clock, read once; one number a key, small since it is told from a late epoch, and
 * handed to SET as a number; one whole number as the answer, which is what is left, or less than 0: how long to wait.
 */
export const careful = `
local time = redis.call("TIME")
local now = (time[1] - 1700000000) * 1000 + (time[2] - time[2] % 1000) / 1000
local free = tonumber(redis.call("GET", KEYS[1]) or 0)
if free < now then free = now end
local after = free + ARGV[1]
local room = now + ARGV[2] - after
if room < 0 then return room end
redis.call("SET", KEYS[1], after, "PX", after - now)
return room`;

/** The same decision as it is usually written: microseconds since 1970 through string.format, and a table as the answer. */
export const naive = `
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local unit = tonumber(ARGV[1]) * 1000
local burst = tonumber(ARGV[2]) * 1000
local free = math.max(now, tonumber(redis.call("GET", KEYS[1]) or "0"))
local after = free + unit
if after - now > burst then
  return { 0, "0", string.format("%.0f", math.ceil((after - now - burst) / 1000)) }
end
redis.call("SET", KEYS[1], string.format("%.0f", after), "PX", math.ceil((after - now) / 1000))
return { 1, string.format("%.4f", (now + burst - after) / unit), "0" }`;

/** What both buckets are told: how long a unit takes to drain, and how long the whole bucket does. */
export const bucket: readonly number[] = [unitMs, slow.windowMs];
