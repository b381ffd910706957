import { suite } from "./suite.ts";
import { bunTargets } from "./targets/bun.ts";

suite(bunTargets);
