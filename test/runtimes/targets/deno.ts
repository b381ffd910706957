/** The app on Deno, as its npm package brings it, with no more permissions than the app needs. */

import { runtimes } from "@sluice/node/runtimes";
import type { Target } from "../target.ts";
import { processTargets } from "./process.ts";

export const denoTargets: readonly Target[] = processTargets(runtimes.deno, ["sqlite", "redis"]);
