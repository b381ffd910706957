/** The Worker with a database that is far away: each statement takes half a second more. */

import "./far-database-env.mjs";

export { default, SluiceLimiter } from "../../src/main.ts";
