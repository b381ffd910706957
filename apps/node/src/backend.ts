/** From the choice of a backend to the backend, open: what is not chosen is not even loaded. */

import type { Backend } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import type { Logger } from "@sluice/feeds";
import type { BackendChoice } from "./backend-settings.ts";

/** An open backend; `close` lets what has been sent be carried out, within a second. */
export interface OpenBackend {
  readonly backend: Backend;
  close(): void | Promise<void>;
}

/**
 * Opens what was chosen. A server that does not answer is no reason not to start: it is told to the log, limits follow
 * their failure rules, and hold as soon as it does.
 *
 * @throws Error with a sentence that names the setting, where what was chosen can never be opened.
 */
export async function openBackend(choice: BackendChoice, logger: Logger): Promise<OpenBackend> {
  switch (choice.name) {
    case "memory":
      return { backend: memory(), close() {} };
    case "noop": {
      const { noop } = await import("@sluice/core/noop");
      return { backend: noop(), close() {} };
    }
    case "sqlite":
      return (await import("./backend-sqlite.ts")).openSqlite(choice.path);
    case "redis":
      return await (await import("./backend-redis.ts")).openRedis(choice.url, logger);
    case "upstash":
      return (await import("./backend-upstash.ts")).openUpstash(choice);
  }
}
