/** What a client reads of its mistakes: of each field what is wrong with it, in the order in which they are described. */

import { expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

const isText = "Invalid input: expected string, received undefined";
const slug = "1 to 64 lower-case letters, digits and inner hyphens";

test.each<[title: string, path: string, body: unknown, errors: readonly [field: string, message: string][]]>([
  [
    "a body",
    "/api/feeds",
    { slug: "X", title: " ", description: "x".repeat(1_001), homepage: "x", plan: "pro" },
    [
      ["slug", slug],
      ["title", "Too small: expected string to have >=1 characters"],
      ["description", "Too big: expected string to have <=1000 characters"],
      ["homepage", "an http or https address"],
      ["", 'Unrecognized key: "plan"'],
    ],
  ],
  [
    "a body without what it needs",
    "/api/feeds/news/entries",
    {},
    [
      ["title", isText],
      ["content", isText],
    ],
  ],
  [
    "a query",
    "/api/feeds?limit=0&cursor=X",
    undefined,
    [
      ["limit", "at least 1"],
      ["cursor", slug],
    ],
  ],
  [
    "a body whose first field is converted",
    "/api/subscriptions",
    { url: "ftp://x", feed: "X" },
    [
      ["url", "an http or https address"],
      ["feed", slug],
    ],
  ],
])("%s", async (_, path, body, errors) => {
  const { as } = await startFeeds();
  const response = await as("pro", path, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: errors.map(([field, message]) => ({ field, message })) });
});
