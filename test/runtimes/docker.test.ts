import { suite } from "./suite.ts";
import { dockerTargets } from "./targets/docker.ts";

suite(dockerTargets);
