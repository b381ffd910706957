import { planted } from "./planted.ts";
import { dockerTargets } from "./targets/docker.ts";

planted(dockerTargets);
