/** Runs a script on Upstash: by its SHA first, once, and with failures that carry nobody's key. */

import { byShaFirst, type ScriptRunner } from "../remote/scripted-runner.ts";
import type { UpstashRedis } from "./upstash-client.ts";
import { upstashFailure } from "./upstash-failure.ts";

/** A runner over a client that may still have to be made. */
export function upstashRunner(
  backend: string,
  deadlineMs: number,
  client: () => UpstashRedis | Promise<UpstashRedis>,
): ScriptRunner {
  return {
    async run(script, keys, args, deadline) {
      const redis = await client();
      // Loading the package may have taken all the time there was.
      if (deadline.passed) return undefined;
      return await byShaFirst(script, deadline, async (command, text) => {
        try {
          const [sentKeys, sentArgs] = [[...keys], [...args]];
          return await (command === "EVAL"
            ? redis.eval(text, sentKeys, sentArgs)
            : redis.evalsha(text, sentKeys, sentArgs));
        } catch (error) {
          throw upstashFailure(error, backend, deadlineMs);
        }
      });
    },
  };
}
