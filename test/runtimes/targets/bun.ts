/** The app on Bun, as its npm package brings it. */

import { runtimes } from "@sluice/node/runtimes";
import type { Target } from "../target.ts";
import { processTargets } from "./process.ts";

export const bunTargets: readonly Target[] = processTargets(runtimes.bun, ["sqlite", "redis"]);
