import { planted } from "./planted.ts";
import { bunTargets } from "./targets/bun.ts";

// One backend will do: that mistakes are noticed whatever it is, Node has shown.
planted(bunTargets.slice(0, 1));
