/** The bill: what the real server says it has run, less what only keeps connections and the front itself going. */

import { Redis } from "ioredis";

/** Counts since it was made, for everybody who uses the server. */
export interface FrontBill {
  commands(): Promise<number>;
  close(): void;
}

/** Connecting, asking for this very bill, bracketing a transaction, checking declared keys: nobody's commands. */
const free = /^(hello|auth|info|select|client|acl|multi|exec|discard|command)(\||$)/;

export async function frontBill(redisUrl: string): Promise<FrontBill> {
  const redis = new Redis(redisUrl, { protocol: 2, enableReadyCheck: false });
  redis.on("error", () => {});

  // Commands of scripts are in these numbers like all others, and so is a script that was asked for and not there.
  const look = async (): Promise<{ total: number; run: string | undefined }> => {
    const text = await redis.info("server", "commandstats");
    const calls = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
    const total = calls.reduce((sum, [, name = "", count]) => sum + (free.test(name) ? 0 : Number(count)), 0);
    return { total, run: /^run_id:(\w+)/m.exec(text)?.[1] };
  };

  const first = await look();
  return {
    async commands() {
      const { total, run } = await look();
      // A server that was started anew counts from 0.
      return run === first.run ? total - first.total : total;
    },
    close: () => redis.disconnect(),
  };
}
