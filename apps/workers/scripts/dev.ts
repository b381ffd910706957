/** `npm run dev:workers`: the Worker on this machine, with its database migrated and seeded, until it is told to end. */

import "./outside-workerd.ts";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { consoleLogger } from "../src/logger.ts";
import { type DevArguments, devArguments } from "./dev-arguments.ts";
import { alone, startWrangler } from "./wrangler.ts";

// Warnings of wrangler in this process are about Durable Objects, which it leaves to the one that serves.
const { WRANGLER_LOG } = process.env;
Object.assign(process.env, { ...alone, WRANGLER_LOG: WRANGLER_LOG ?? "error" });

const logger = consoleLogger();
const args = devArguments(process.argv.slice(2), process.env);
const prepared = await prepare(args).catch(refuse);
if (prepared) await serve(args, prepared);

/** What is said once the Worker listens. */
interface Prepared {
  readonly backend: string;
  readonly tokens: readonly string[];
}

/** Checks the settings, as the Worker will, and fills the database; undefined when there is nothing to start. */
async function prepare(args: DevArguments): Promise<Prepared | undefined> {
  const [{ openLocalData }, { readSettings }] = await Promise.all([
    import("./local-data.ts"),
    import("../src/settings.ts"),
  ]);
  const data = await openLocalData(args);
  try {
    const read = readSettings(data.env, logger);
    if ("mistakes" in read) return refuse(new Error(read.mistakes.join("\n")));
    const { unused, backend } = read.settings;
    if (unused.length > 0) logger.info({ unused, backend: backend.name }, "settings of other backends are not read");
    const { seeded, tokens } = await data.fill();
    if (seeded) logger.info({}, "the database was empty: demo data added");
    return { backend: backend.name, tokens };
  } finally {
    await data.close();
  }
}

async function serve({ wrangler, unlisted, persistTo }: DevArguments, { backend, tokens }: Prepared): Promise<void> {
  if (WRANGLER_LOG === undefined) delete process.env["WRANGLER_LOG"];
  const child = startWrangler(["dev", "--show-interactive-dev-session=false", ...wrangler], process.cwd(), unlisted);
  const ended = once(child, "exit");
  let isTold = false;
  const end = (): void => {
    isTold = true;
    child.kill("SIGTERM");
  };
  process.on("SIGTERM", end).on("SIGINT", end).on("SIGHUP", end);

  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const [, url] = /Ready on (http\S+)/.exec(line) ?? [];
    if (url === undefined) continue;
    if (tokens.length > 0) logger.warn({ tokens }, "demo tokens open accounts here");
    logger.info({ url, data: persistTo, backend }, "listening");
    if (tokens.includes("demo-admin")) logger.info({ url: `${url}/admin`, token: "demo-admin" }, "the console");
  }
  const [code] = await ended;
  // Wrangler itself fails when it is told to end.
  process.exitCode = isTold ? 0 : (code ?? 1);
}

/** Says what is wrong, one line for each mistake, and fails without a stack. */
function refuse({ message }: Error): undefined {
  console.error(message);
  process.exitCode = 1;
  return undefined;
}
