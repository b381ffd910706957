import { planted } from "./planted.ts";
import { workersTargets } from "./targets/workers.ts";

planted(workersTargets);
