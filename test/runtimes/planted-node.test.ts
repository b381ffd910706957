import { planted } from "./planted.ts";
import { nodeTargets } from "./targets/node.ts";

planted(nodeTargets);
