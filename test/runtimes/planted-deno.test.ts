import { planted } from "./planted.ts";
import { denoTargets } from "./targets/deno.ts";

planted(denoTargets);
