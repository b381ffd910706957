import { planted } from "./planted.ts";
import { workersTargets } from "./targets/workers.ts";

// The default, and the one that decides like no other: that mistakes are noticed whatever counts, Node has shown.
planted(workersTargets.filter(({ backend }) => backend === "durable-object" || backend === "cloudflare"));
