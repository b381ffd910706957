/** What the environment says, checked: every mistake is named, with the value that was given and the cure. */

import { fileURLToPath } from "node:url";
import { type AddressSource, forwarded, isConfigError, socket } from "@sluice/core";
import { metricsToken, mistakesHeard, publicUrl, shortened } from "@sluice/feeds/settings";
import { z } from "zod";
import { type BackendChoice, readChoice } from "./backend-settings.ts";
import { isFilePath } from "./file-path.ts";
import { type OutboundSettings, readOutbound } from "./outbound-settings.ts";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `is not known; there are ${values.join(", ")}` });

const wholeNumber = (least: number, most: number) => {
  const cure = `has to be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, cure)
    .transform(Number)
    .pipe(z.number().min(least, cure).max(most, cure));
};

const defaultDatabase = fileURLToPath(new URL("../data/feeds.sqlite", import.meta.url));
const defaultMigrations = fileURLToPath(new URL("../../feeds/migrations/", import.meta.url));

const schema = z
  .object({
    PORT: wholeNumber(0, 65_535).default(8787),
    HOST: z
      .string()
      .regex(/^[\w.:%-]+$/, "has to be an address or a name to listen on, such as 127.0.0.1 or 0.0.0.0")
      .default("127.0.0.1"),
    DATABASE_PATH: z.string().default(defaultDatabase),
    MIGRATIONS_PATH: z.string().default(defaultMigrations),
    SEED: oneOf(["demo", "none"]).default("demo"),
    TRUSTED_PROXIES: wholeNumber(0, 32).optional(),
    TRUSTED_CIDRS: z
      .string()
      .transform((list) => list.split(",").map((cidr) => cidr.trim()))
      .optional(),
    PUBLIC_URL: publicUrl,
    LOG_LEVEL: oneOf(logLevels).default("info"),
    RECORD_DECISIONS: z.string().refine(isFilePath, "has to be the path of a file to write").optional(),
  })
  .superRefine(({ TRUSTED_PROXIES, TRUSTED_CIDRS }, context) => {
    if (TRUSTED_PROXIES === undefined || TRUSTED_CIDRS === undefined) return;
    const message = "and TRUSTED_CIDRS exclude each other; count your proxies or name their networks";
    context.addIssue({ code: "custom", path: ["TRUSTED_PROXIES"], message });
  });

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly databasePath: string;
  /** The folder of the files that make the database's tables. */
  readonly migrationsPath: string;
  readonly seed: "demo" | "none";
  readonly backend: BackendChoice;
  /** Names of settings that were given for backends that are not chosen. */
  readonly unused: readonly string[];
  readonly source: AddressSource;
  /** The address people use, without a final slash; undefined: whatever address each request came to. */
  readonly publicUrl: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** A file to write every decision to, with the keys as they are; undefined: none is recorded. */
  readonly recordDecisions: string | undefined;
  /** What readers of /metrics show; undefined: there is no such route. */
  readonly metricsToken: string | undefined;
  /** Jobs, mail, and reports of bounces. */
  readonly outbound: OutboundSettings;
}

/** Either the settings, or one line for each mistake. An empty variable counts as none. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly settings: Settings } | { readonly mistakes: readonly string[] } {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const read = schema.safeParse(given);
  const chosen = readChoice(given, given["DATABASE_PATH"] ?? defaultDatabase);
  const outbound = readOutbound(given, given["DATABASE_PATH"] ?? defaultDatabase);
  const { mistakes, mistaken } = mistakesHeard();
  const token = metricsToken(given["METRICS_TOKEN"], mistaken);
  if (mistakes.length > 0 || !read.success || "mistakes" in chosen || "mistakes" in outbound) {
    const lines = read.error?.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name}=${shortened(given[name])} ${message}.`;
    });
    const others = [chosen, outbound].flatMap((part) => ("mistakes" in part ? part.mistakes : []));
    return { mistakes: [...(lines ?? []), ...others, ...mistakes] };
  }
  const { data } = read;
  const { choice, unused } = chosen;
  if (data.RECORD_DECISIONS !== undefined && choice.name !== "memory") {
    const cure = `takes RATE_LIMIT_BACKEND=memory, not ${choice.name}; leave one of them out`;
    return { mistakes: [`RECORD_DECISIONS=${shortened(data.RECORD_DECISIONS)} ${cure}.`] };
  }
  try {
    const source = addressSource(data.TRUSTED_PROXIES, data.TRUSTED_CIDRS);
    return {
      settings: {
        port: data.PORT,
        host: data.HOST,
        databasePath: data.DATABASE_PATH,
        migrationsPath: data.MIGRATIONS_PATH,
        seed: data.SEED,
        backend: choice,
        unused,
        source,
        publicUrl: data.PUBLIC_URL,
        logLevel: data.LOG_LEVEL,
        recordDecisions: data.RECORD_DECISIONS,
        metricsToken: token,
        outbound: outbound.settings,
      },
    };
  } catch (error) {
    // What a network is, and which ones are too large to trust, is for core to say.
    if (!isConfigError(error)) throw error;
    return { mistakes: [`TRUSTED_CIDRS=${shortened(given["TRUSTED_CIDRS"])} is refused: ${error.message}`] };
  }
}

/** Exactly one source, never a guess: the headers of proxies count only when they are configured. */
function addressSource(trustedProxies: number | undefined, trustedCidrs: readonly string[] | undefined): AddressSource {
  if (trustedProxies !== undefined) return forwarded({ trustedProxies });
  if (trustedCidrs !== undefined) return forwarded({ trustedCidrs });
  return socket();
}
