/** PUBLIC_URL, the address people use, as every composition root checks it. */

import * as z from "zod/mini";

/** What such an address has to be. */
export const publicUrlCure = "has to be the address people use, such as https://feeds.example";

/** An http or https address without query or fragment; gives it without a final slash. */
export const publicUrl = z.optional(
  z.pipe(
    z.url({ protocol: /^https?$/, error: publicUrlCure }).check(z.refine((url) => !/[?#]/.test(url), publicUrlCure)),
    z.transform((url) => url.replace(/\/+$/, "")),
  ),
);
