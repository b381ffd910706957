import { suite } from "./suite.ts";
import { workersTargets } from "./targets/workers.ts";

// A file of its own, so that the two halves can run side by side.
suite(workersTargets.filter(({ backend }) => backend === "cloudflare" || backend === "memory"));
