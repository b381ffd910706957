/** What the app on Node says of its settings: read, opened and asked once, as its start does it. */

import { perMinute, policy } from "@sluice/core";
import { openBackend } from "../../../apps/node/src/backend.ts";
import { readSettings } from "../../../apps/node/src/settings.ts";
import { errorText } from "./stand.ts";

const question = { policy: policy("start", perMinute(60)), key: "start", cost: 1 };

/** What happens before the first decision, and what the log is to have said in the end. */
export interface Awaited {
  readonly meanwhile?: () => void;
  /** Waited for, up to eight seconds. */
  readonly line?: RegExp;
}

/** What is said of these settings, by the start or else by the first decision. */
export async function said(
  environment: Readonly<Record<string, string>>,
  { line, meanwhile = () => {} }: Awaited = {},
): Promise<string> {
  const read = readSettings(environment);
  if ("mistakes" in read) return read.mistakes.join("\n");
  const lines: string[] = [];
  const log = (fields: object, message: string): unknown => lines.push(`${message} ${JSON.stringify(fields)}`);
  try {
    const { backend, close } = await openBackend(read.settings.backend, { info: log, warn: log, error: log });
    meanwhile();
    await (async () => await backend.consume([question]))().catch((error: unknown) => lines.push(errorText(error)));
    for (let i = 0; i < 80 && line && !lines.some((one) => line.test(one)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await close();
  } catch (error) {
    lines.push(errorText(error));
  }
  return lines.join("\n");
}

/** … of a database of Upstash. */
export const onUpstash = (url: string, token: string): Promise<string> =>
  said({ RATE_LIMIT_BACKEND: "upstash", UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token });

/** … of a Redis. */
export const onRedis = (url: string, line?: RegExp): Promise<string> =>
  said({ RATE_LIMIT_BACKEND: "redis", REDIS_URL: url }, line && { line });
