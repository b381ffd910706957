import { proveObject } from "./prove-object.ts";

await proveObject(1, ["token-bucket", "strict", "sliding-log"]);
