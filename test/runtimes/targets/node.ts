/** The app on Node, with each backend that it can be told of. */

import { runtimes } from "@sluice/node/runtimes";
import type { Target } from "../target.ts";
import { processTargets } from "./process.ts";

export const nodeTargets: readonly Target[] = processTargets(runtimes.node, [
  "memory",
  "sqlite",
  "redis",
  "upstash",
  "noop",
]);
