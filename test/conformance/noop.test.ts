import { noop } from "@sluice/core/noop";
import { prove } from "./prove.ts";

await prove({ make: () => noop() }, { notClaimed: ["counts nothing"] });
