import { planted } from "./planted.ts";
import { denoTargets } from "./targets/deno.ts";

// One backend will do: that mistakes are noticed whatever it is, Node has shown.
planted(denoTargets.slice(0, 1));
