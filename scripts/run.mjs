/** Runs one of the repository's commands under Node 24, after installing what is missing: `node scripts/run.mjs test`. */

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { delimiter } from "node:path";
import { startEngine } from "./docker.mjs";
import { install, lock, root } from "./install.mjs";
import { services } from "./services.mjs";

const totalsFile = `${root}node_modules/.cache/sluice/totals-${process.pid}.json`;
const quick = ["unit", "apps", "conformance", "repository"].flatMap((project) => ["--project", project]);

/** Every command by name; the arguments of the caller are appended. */
const commands = {
  start: ["node", "--import", "tsx", "apps/node/src/main.ts"],
  "start:bun": ["apps/node/node_modules/bun/bin/bun.exe", "apps/node/src/bun.ts"],
  "start:deno": [
    "apps/node/node_modules/deno/deno",
    ...["run", "--no-prompt", "--unstable-no-legacy-abort", "--allow-env", "--allow-net", "--allow-sys=hostname"],
    "--allow-read=apps/node/data,apps/feeds/migrations",
    "--allow-write=apps/node/data",
    "apps/node/src/deno.ts",
  ],
  tour: ["node", "--import", "tsx", "test/runtimes/tour/main.ts"],
  "dev:workers": ["node", "--import", "tsx", "apps/workers/scripts/dev.ts"],
  traffic: ["node", "--import", "tsx", "apps/node/scripts/traffic.ts"],
  screenshots: ["node", "--import", "tsx", "test/console/screenshots.ts"],
  bench: ["node", "--import", "tsx", "test/bench/main.ts"],
  "demo:mail": ["node", "--import", "tsx", "apps/node/scripts/demo-mail.ts"],
  "demo:outbound": ["node", "--import", "tsx", "apps/node/scripts/demo-outbound.ts"],
  check: ["vitest", "run", ...quick],
  test: ["vitest", "run"],
  vitest: ["vitest"],
  build: ["turbo", "run", "build"],
  typecheck: ["turbo", "run", "typecheck"],
  lint: ["biome", "check", "--error-on-warnings"],
  format: ["biome", "check", "--write"],
  exec: [],
};

const [name = "", ...args] = process.argv.slice(2);
const counts = name === "test" || name === "check";

try {
  if (name !== "lock" && !Object.hasOwn(commands, name)) {
    throw new Error(`There is no command "${name}"; there are lock, ${Object.keys(commands).join(", ")}.`);
  }
  if (name === "lock") lock();
  else {
    install();
    const required = process.env.CI === "true";
    const testsTargets = name === "test" && comesTo("runtimes");
    const testsPages = name === "test" && comesTo("console");
    const needs = ["redis", ...(testsPages ? ["browser"] : []), ...(testsTargets ? ["docker"] : [])];
    if (name === "bench" || name === "test") services({ required, needs });
    const usesDocker = name === "tour" || testsTargets;
    const stopEngine = usesDocker ? await startEngine() : undefined;
    let end = { code: 1 };
    try {
      // What is built here is not built under the time limit of a test; where it cannot be, the tests say so.
      if (usesDocker) end = await run(["node", "--import", "tsx", "test/services/docker-prepare.ts"]);
      if (!end.signal) end = await run([...commands[name], ...args]);
    } finally {
      await stopEngine?.();
    }
    finish(end);
  }
} catch (error) {
  console.error(error.message);
  finish({ code: 1 });
}

/** Whether a test run that was given these arguments has this project in it. */
function comesTo(project) {
  const named = args.flatMap((word, i) =>
    word === "--project" ? args[i + 1] : (/^--project=(.*)/.exec(word)?.[1] ?? []),
  );
  return named.length === 0 || named.some((name) => name === project || /[!*]/.test(name));
}

/** Runs a command with Node 24 first on the path, passing signals on, until it ends. */
function run([command, ...rest]) {
  const bins = [`${root}node_modules/node/bin`, `${root}node_modules/.bin`];
  const child = spawn(command, rest, {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: [...bins, process.env.PATH].join(delimiter),
      SLUICE_TOTALS: totalsFile,
      ...(process.env.CI === "true" && seedOfCommit()),
      TURBO_TELEMETRY_DISABLED: "1",
      WRANGLER_SEND_METRICS: "false",
    },
  });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGINT", () => {
    // A terminal sends Ctrl-C to the child itself; twice would mean "at once" to many programs.
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
}

/** A number that follows from the commit: the gate's random histories are the same wherever it runs, and other ones with the next commit. */
function seedOfCommit() {
  const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" });
  // Without a repository there is no commit, and every run plays its own.
  return /^[0-9a-f]{40}/.test(stdout ?? "") ? { SLUICE_SEED: String(Number.parseInt(stdout.slice(0, 7), 16)) } : {};
}

/** Ends as the child ended; a test run ends with what failed, where the end of a log shows it, and the one line that counts. */
function finish({ code, signal }) {
  const totals = counts ? readTotals(code) : undefined;
  if (totals) {
    const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
    process.stdout.write(`${totals.ending}${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
  }
  process.removeAllListeners("SIGTERM");
  process.removeAllListeners("SIGINT");
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code || (totals?.failed ? 1 : 0);
}

/** What scripts/totals-reporter.ts counted; a run that failed without counting has failed once. */
function readTotals(code) {
  try {
    const totals = JSON.parse(readFileSync(totalsFile, "utf8"));
    rmSync(totalsFile);
    if (code === 0 || totals.failed > 0) return totals;
    return { ...totals, failed: 1, ending: `Every test passed, and yet the run ended with ${code}.\n` };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, ending: `The run ended with ${code} before it had counted.\n` };
  }
}
