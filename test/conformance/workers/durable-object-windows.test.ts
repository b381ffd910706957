import { proveObject } from "./prove-object.ts";

await proveObject(3, ["fixed-window", "sliding-window", "calendar"]);
