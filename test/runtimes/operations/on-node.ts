/** What operators of the app on Node see: its /health, its answers and its log. */

import { fileURLToPath } from "node:url";
import { sendTo } from "../http-client.ts";
import { type Child, startChild } from "../targets/process-child.ts";

const main = fileURLToPath(new URL("../../../apps/node/src/main.ts", import.meta.url));

/** A running app. */
export interface NodeApp {
  /** Asks once, and gives the answer as `curl -i` shows it. */
  ask(path: string, sent?: NodeAsk): Promise<string>;
  /** Asks so many times, and counts the answers of each status. */
  burst(times: number, path: string, sent?: NodeAsk): Promise<Readonly<Record<number, number>>>;
  /** What it has logged since it was first started. */
  log(): string;
  /** Ends it as an operator does, and starts it with the same settings. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Who asks, and how. */
export interface NodeAsk {
  /**
   * An address of loopback, which is all of 127.0.0.0/8.
   * @default 127.0.0.1
   */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const running = new Map<string, Promise<NodeApp>>();

/** The app of this name, started when it is first asked for: starting a process takes the longest of all. */
export function nodeApp(name: "uncounted" | "counting" | "also counting"): Promise<NodeApp> {
  // The address is of a backend that is not chosen.
  const noop = { RATE_LIMIT_BACKEND: "noop", REDIS_URL: "redis://redis:6379" };
  const app = running.get(name) ?? start(name === "uncounted" ? noop : {});
  running.set(name, app);
  return app;
}

/** Ends those that have been started. */
export async function endNodeApps(): Promise<void> {
  const apps = [...running.values()];
  running.clear();
  for (const app of await Promise.allSettled(apps)) if (app.status === "fulfilled") await app.value.stop();
}

/** Starts it with these settings and no others, a database in memory, and no jobs. */
async function start(settings: Readonly<Record<string, string>>): Promise<NodeApp> {
  const lines: string[] = [];
  const environment = { PORT: "0", DATABASE_PATH: ":memory:", JOBS: "off", ...settings };
  const command = [process.execPath, "--import", "tsx", main] as const;
  const begin = (): Promise<Child> => startChild(command, environment, (line) => lines.push(line));
  let child = await begin();
  const send = (path: string, { from, headers = {} }: NodeAsk = {}) => sendTo(child.url, { path, headers }, from);
  return {
    async ask(path, sent) {
      const { status, headers, body } = await send(path, sent);
      const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      return [`GET ${path}`, `HTTP ${status}`, ...named, "", body].join("\n");
    },
    async burst(times, path, sent) {
      const answers = await Promise.all(Array.from({ length: times }, () => send(path, sent)));
      const counts: Record<number, number> = {};
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
      return counts;
    },
    async restart() {
      await child.stop();
      child = await begin();
    },
    log: () => lines.join("\n"),
    stop: () => child.stop(),
  };
}
