/** What a client may send about prospects: one, or a list of them. */

import * as z from "zod/mini";
import { emailStates } from "../schema.ts";
import { newestPage, text, webAddress } from "../validation.ts";

/** A list has at most as many. */
const longestList = 100;

const prospect = z.strictObject({
  name: z.pipe(
    text(1, 200),
    z.transform((name) => name.replace(/\s+/g, " ")),
  ),
  site: webAddress.check(
    z.refine((site) => site === null || new URL(site).username === "", "an address without a user"),
  ),
});

const list = z.strictObject({
  prospects: z
    .array(prospect)
    .check(z.minLength(1, "at least 1"), z.maxLength(longestList, `at most ${longestList} at once`)),
});

type Sent = z.input<typeof prospect> | z.input<typeof list>;

/** The body that adds prospects. Which of the two it is says its field, so that mistakes in it are named as in the others. */
export const prospectBody = z.pipe(
  z.custom<Sent>(),
  z.transform((body, { issues }) => {
    const isList = typeof body === "object" && body !== null && "prospects" in body;
    const read = isList ? list.safeParse(body) : prospect.safeParse(body);
    if (read.success) return { isList, drafts: "prospects" in read.data ? read.data.prospects : [read.data] };
    for (const { path, message } of read.error.issues) {
      issues.push({ code: "custom", path: [...path], message, input: body });
    }
    return z.NEVER;
  }),
);

/** A page of prospects, of all of them or of those in one state. */
export const prospectPage = z.extend(newestPage, {
  state: z.optional(z.enum(emailStates, `one of ${emailStates.join(", ")}`)),
});

export const prospectPath = z.object({ id: z.guid() });
