/** Stands in for @upstash/redis, whose entry for Node nothing here runs: the same client, from its entry for Workers. */

export { Redis } from "@upstash/redis/cloudflare";
