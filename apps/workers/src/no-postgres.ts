/** Stands in for what drizzle-orm asks of Postgres' columns and keys, whatever it speaks to: there are none in D1. */

import { entityKind } from "drizzle-orm/entity";

export const isPgEnum = (): boolean => false;

// biome-ignore lint/complexity/noStaticOnlyClass: things are compared with it by this member, and never made of it.
export class PrimaryKeyBuilder {
  static readonly [entityKind] = "PgPrimaryKeyBuilder";
}
