/** A process with a client of its own on a file that others have too: makes one call, and says what came of it. */

import { DatabaseSync } from "node:sqlite";
import { perSecond } from "@sluice/core/engine";
import { sqlite } from "@sluice/core/sqlite";
import { createClient } from "../src/client/create-client.ts";

const [, , file = "", baseUrl = ""] = process.argv;
const client = createClient({
  name: "api",
  backend: sqlite(new DatabaseSync(file)),
  rate: perSecond(10),
  rampMs: 100,
  baseUrl,
  maxWaitMs: 100,
});
client("/").then(
  ({ status }) => process.send?.(status),
  ({ code }: { readonly code: string }) => process.send?.(code),
);
