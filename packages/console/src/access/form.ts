/** The fields of a form that was sent. */

import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

/** One that cannot be read is the sender's mistake, and nothing for the log: rejects with 400. */
export async function formOf(c: Context): Promise<Readonly<Record<string, string | File>>> {
  try {
    return await c.req.parseBody();
  } catch (cause) {
    // What breaks off on its way is no TypeError.
    if (!(cause instanceof TypeError)) throw cause;
    throw new HTTPException(400, { message: "This form cannot be read: its parts are cut or not marked.", cause });
  }
}
