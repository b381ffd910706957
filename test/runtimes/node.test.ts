import { suite } from "./suite.ts";
import { nodeTargets } from "./targets/node.ts";

suite(nodeTargets);
