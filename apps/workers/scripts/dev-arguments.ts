/** What `npm run dev:workers` is told: the arguments are wrangler's own, and some of them concern what happens before it. */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prospectSettings } from "@sluice/feeds/settings";

/** The settings that are taken from the environment too, as the app on Node takes them. */
const settings = [
  "RATE_LIMIT_BACKEND",
  "PUBLIC_URL",
  "UPSTASH_REDIS_REST_URL",
  "UPSTASH_REDIS_REST_TOKEN",
  "JOBS",
  "BOUNCE_WEBHOOK_SECRET",
  "ALLOW_PRIVATE_FETCH",
  "METRICS_TOKEN",
  ...prospectSettings,
];

export interface DevArguments {
  /** What `wrangler dev` is given on its command line. */
  readonly wrangler: readonly string[];
  /** Arguments that come before these, and are on no command line: everybody may read those, and one of them is a token. */
  readonly unlisted: readonly string[];
  readonly configPath: string;
  /** The named environment of wrangler.jsonc, if one is asked for. */
  readonly environment: string | undefined;
  /** Where D1, the Durable Objects and the ratelimit bindings are kept between starts. */
  readonly persistTo: string;
  /** Variables that count more than those of wrangler.jsonc. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Reads them, and puts 127.0.0.1:8787 and the folder of the data where nothing else is said. */
export function devArguments(args: readonly string[], environment: NodeJS.ProcessEnv): DevArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      ip: { type: "string" },
      "inspector-port": { type: "string" },
      "persist-to": { type: "string" },
      config: { type: "string", short: "c" },
      env: { type: "string", short: "e" },
      var: { type: "string", multiple: true },
    },
    // The others are for wrangler to know.
    strict: false,
    allowPositionals: true,
  });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const fromEnvironment = settings.flatMap((name) => (environment[name] ? [`${name}:${environment[name]}`] : []));
  // One --var may be followed by several.
  const given = [...((values["var"] ?? []) as (string | boolean)[]), ...positionals].filter((one) =>
    /^\w+:/.test(`${one}`),
  );
  const persistTo = text("persist-to") ?? folder(".wrangler/state");
  const configPath = text("config") ?? folder("wrangler.jsonc");
  const missing = (name: string, value: string): string[] => (text(name) === undefined ? [`--${name}`, value] : []);
  return {
    unlisted: fromEnvironment.flatMap((one) => ["--var", one]),
    wrangler: [
      ...missing("config", configPath),
      ...missing("ip", "127.0.0.1"),
      ...missing("port", "8787"),
      ...missing("inspector-port", "0"),
      ...missing("persist-to", persistTo),
      ...args,
    ],
    configPath,
    environment: text("env"),
    persistTo,
    vars: Object.fromEntries([...fromEnvironment, ...given].map((one) => split(String(one)))),
  };
}

function split(text: string): [string, string] {
  const at = text.indexOf(":");
  return [text.slice(0, at), text.slice(at + 1)];
}

function folder(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
