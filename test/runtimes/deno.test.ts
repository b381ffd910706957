import { suite } from "./suite.ts";
import { denoTargets } from "./targets/deno.ts";

suite(denoTargets);
