/** Who may come in: a check that the app hands in; there is none by default. */

import type { Context } from "hono";

/** Somebody who may. */
export interface Administrator {
  /** Named in the audit log: a user's name or id. */
  readonly who: string;
  /**
   * Where the browser sends who it is by itself (a cookie), the token that requests that change something must carry, in the
   * header `X-CSRF-Token` or the field `csrf`.
   */
  readonly csrf?: string | undefined;
}

/** Undefined: nobody who may. Asked once for every request. */
export type Authorize = (c: Context) => Administrator | undefined | Promise<Administrator | undefined>;
