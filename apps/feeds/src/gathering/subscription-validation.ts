/** What a client may send about subscriptions. */

import * as z from "zod/mini";
import { name } from "../validation.ts";
import { refusedAddress } from "./public-address.ts";

/** The body that begins a subscription: the address of a feed elsewhere, and the slug of the own feed in which its entries appear. */
export const subscriptionBody = (allowPrivate: boolean) =>
  z.strictObject({
    url: z.pipe(
      z.string().check(z.trim(), z.maxLength(2_048)),
      z.transform((text, { issues }) => {
        const url = URL.parse(text);
        const message = url === null ? "an http or https address" : refusedAddress(url, allowPrivate);
        if (url !== null && message === undefined) {
          url.hash = "";
          if (url.href.length <= 2_048) return url.href;
        }
        issues.push({ code: "custom", message: message ?? "at most 2,048 characters", input: text });
        return z.NEVER;
      }),
    ),
    feed: name,
  });

export const subscriptionPath = z.object({ id: z.guid() });
