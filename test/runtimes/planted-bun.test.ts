import { planted } from "./planted.ts";
import { bunTargets } from "./targets/bun.ts";

planted(bunTargets);
