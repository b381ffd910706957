/** An app of our own: started for the replay, recorded, and stopped whatever happens. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface OwnApp {
  readonly url: string;
  /** Resolves with the reason when it ends by itself. */
  readonly broken: Promise<string>;
  /** Lines of level error or worse in its log. */
  errors(): readonly string[];
  /** Ends it and waits until everything it recorded is on disk. */
  stop(): Promise<void>;
}

/** How long it may take to end after SIGTERM. */
const patienceMs = 15_000;

const folder = fileURLToPath(new URL("../../", import.meta.url));

/** @throws Error with what the app said when it does not come to listen. */
export async function startApp(recordPath: string): Promise<OwnApp> {
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts"], {
    cwd: folder,
    // A group of its own: Ctrl-C reaches the replay alone, which then ends the app in good order.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PORT: "0",
      HOST: "127.0.0.1",
      DATABASE_PATH: ":memory:",
      SEED: "demo",
      RATE_LIMIT_BACKEND: "memory",
      TRUSTED_PROXIES: "1",
      TRUSTED_CIDRS: "",
      PUBLIC_URL: "",
      LOG_LEVEL: "info",
      RECORD_DECISIONS: recordPath,
      // What happens by itself is no part of the record.
      JOBS: "off",
      BOUNCE_WEBHOOK_SECRET: "",
    },
  });
  const errors: string[] = [];
  let stopping = false;
  const ended = once(child, "exit").then(([code, signal]) => `The app ended by itself (${signal ?? code}).`);
  const broken = new Promise<string>((resolve) => {
    void ended.then((reason) => {
      if (!stopping) resolve([reason, ...errors].join("\n"));
    });
  });

  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await ended;
    clearTimeout(late);
  };

  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  try {
    const url = await Promise.race([listening(child, errors), broken.then(Promise.reject.bind(Promise))]);
    return { url: String(url), broken, errors: () => errors, stop };
  } catch (reason) {
    await stop();
    throw reason instanceof Error ? reason : new Error(String(reason));
  }
}

/** Reads the log for ever, so that the app never waits for its reader; resolves with the address it names. */
function listening(child: ChildProcess, errors: string[]): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const [, url] = /"url":"(http:[^"]+)".*"msg":"listening"/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
      if (/^\{"level":[56]0,/.test(line)) errors.push(line);
    });
  });
}
