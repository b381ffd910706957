import { suite } from "./suite.ts";
import { workersTargets } from "./targets/workers.ts";

suite(workersTargets.filter(({ backend }) => backend === "durable-object" || backend === "upstash"));
