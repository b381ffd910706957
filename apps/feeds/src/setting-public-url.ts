/** PUBLIC_URL, the address people use, as every composition root checks it. */

import * as z from "zod";

/** What such an address has to be. */
export const publicUrlCure = "has to be the address people use, such as https://feeds.example";

/** An http or https address without query or fragment; gives it without a final slash. */
export const publicUrl = z
  .url({ protocol: /^https?$/, error: publicUrlCure })
  .refine((url) => !/[?#]/.test(url), publicUrlCure)
  .transform((url) => url.replace(/\/+$/, ""))
  .optional();
