/** Tells drizzle-kit where the schema is and where its flat SQL files go. */

import type { Config } from "drizzle-kit";

export default {
  dialect: "sqlite",
  schema: "./src/schema.ts",
  out: "./migrations",
} satisfies Config;
