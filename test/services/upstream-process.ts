/** An upstream in a process of its own: a client that shares its event loop with the upstream would measure itself. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Upstream, UpstreamSettings } from "./upstream-options.ts";

type Answered<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : T;

/** An upstream whose every method is a message. */
export type ForkedUpstream = { readonly [K in Exclude<keyof Upstream, "change">]: Answered<Upstream[K]> } & {
  change(settings: Partial<UpstreamSettings>): Promise<void>;
  readonly pid: number;
};

/** What the parent asks. */
export interface Question {
  readonly id: number;
  readonly method: Exclude<keyof Upstream, "url" | "stop">;
  readonly args: readonly unknown[];
}

/** What the child answers: to the question of the same number, or to having been started, which is number 0. */
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const program = fileURLToPath(new URL("./upstream-child.ts", import.meta.url));

/** Starts one; it ends with `stop()`, or with this process. Its time is the machine's. */
export async function forkUpstream(settings: UpstreamSettings = {}): Promise<ForkedUpstream> {
  const child = fork(program, [JSON.stringify(settings)], { execArgv: [], serialization: "advanced" });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  const replied = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });

  child.on("message", ({ id, value, error }: Reply) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(value);
    else asker?.reject(new Error(error));
  });
  const exited = once(child, "exit");
  void exited.then(([code, signal]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the upstream's process is over: ${signal ?? code}`));
  });

  const ask =
    <T>(method: Question["method"]) =>
    (...args: readonly unknown[]): Promise<T> => {
      if (!child.connected) return Promise.reject(new Error("the upstream's process is over"));
      const question: Question = { id: ++last, method, args };
      const reply = replied(question.id);
      child.send(question);
      return reply as Promise<T>;
    };

  const url = (await replied(0)) as string;
  return {
    url,
    pid: child.pid ?? 0,
    counts: ask("counts"),
    acceptedAt: ask("acceptedAt"),
    requestedAt: ask("requestedAt"),
    mostWithin: ask("mostWithin"),
    connections: ask("connections"),
    change: ask("change"),
    foreign: ask("foreign"),
    reset: ask("reset"),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
