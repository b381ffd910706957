/** One workerd with the bench's Worker in it. */

import { readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import type { Done, Task } from "./durable-object-worker.ts";

const classes = { LIMITER: "SluiceLimiter", COUNTED: "CountedLimiter", BARE: "BareBucket" } as const;

const entry = `export * from "./durable-object-worker.ts"; export { worker as default } from "./durable-object-worker.ts";`;

export interface Workerd {
  ask(contender: Task["contender"], operations: number): Promise<Done>;
  /** Processor time of all its threads so far, in microseconds; undefined where the system does not tell (it does on Linux). */
  spentUs(): number | undefined;
  stop(): Promise<void>;
}

export async function startWorkerd(): Promise<Workerd> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "silent",
    write: false,
  });
  const contents = outputFiles[0]?.text ?? "";
  const workerd = new Miniflare({
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
    cf: false,
    workers: [
      {
        config: {
          name: "bench",
          compatibilityDate: "2026-11-01",
          compatibilityFlags: ["no_nodejs_compat", "no_nodejs_compat_v2"],
          manifest: { mainModule: "worker.js", modules: { "worker.js": { type: "esm", contents } } },
          exports: Object.fromEntries(
            Object.values(classes).map((name) => [name, { type: "durable-object", storage: "sqlite" }] as const),
          ),
          env: Object.fromEntries(
            Object.entries(classes).map(([binding, exportName]) => {
              return [binding, { type: "durable-object", worker: "bench", exportName }] as const;
            }),
          ),
        },
      },
    ],
  });
  await workerd.ready;
  const tasks = tasksOfOwnWorkerd();
  return {
    async ask(contender, operations) {
      const body = JSON.stringify({ contender, operations } satisfies Task);
      const response = await workerd.dispatchFetch("http://bench/", { method: "POST", body });
      if (!response.ok) throw new Error(`${contender}: ${await response.text()}`);
      return (await response.json()) as Done;
    },
    spentUs: () => (tasks === undefined ? undefined : timeOf(tasks)),
    stop: () => workerd.dispose(),
  };
}

/** Where Linux keeps the threads of the workerd that this process has started. */
function tasksOfOwnWorkerd(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const isOwn = (pid: string): boolean => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.startsWith(`${pid} (workerd)`) && stat.split(") ")[1]?.split(" ")[1] === String(process.pid);
  };
  const pid = readdirSync("/proc").find((entry) => {
    try {
      return /^\d+$/.test(entry) && isOwn(entry);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
  return pid && `/proc/${pid}/task`;
}

/** The first number of a thread's `schedstat` is the time it has run, in nanoseconds. */
function timeOf(tasks: string): number {
  const threads = readdirSync(tasks).map((thread) => readFileSync(`${tasks}/${thread}/schedstat`, "utf8"));
  return threads.reduce((sum, text) => sum + Number.parseInt(text, 10) / 1_000, 0);
}
