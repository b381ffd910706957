import { expect, test } from "vitest";
import { documentShelf } from "./document-shelf.ts";

const feed = {
  id: "f",
  ownerId: "u",
  ownerName: "ada",
  slug: "news",
  title: "News",
  description: "",
  homepage: null,
  createdAtMs: 0,
};
const entry = {
  id: "5eed0000-0000-8000-8000-000000000002",
  title: "One",
  summary: "",
  content: "x",
  url: null,
  publishedAtMs: 1,
};
const address = "https://feeds.example/public/ada/news";

test("a document is written once, until anything that goes into it changes", async () => {
  const written = documentShelf();
  const first = await written("rss", feed, [entry], address);
  expect(await written("rss", { ...feed }, [{ ...entry }], address)).toBe(first);
  const inputs: Parameters<typeof written>[] = [
    ["atom", feed, [entry], address],
    ["rss", { ...feed, title: "Olds" }, [entry], address],
    ["rss", feed, [{ ...entry, content: "y" }], address],
    ["rss", feed, [entry, { ...entry, title: "Two" }], address],
    ["rss", feed, [entry], `${address}2`],
  ];
  for (const input of inputs) expect((await written(...input)).etag).not.toBe(first.etag);
});

test("the oldest makes room, and what is large is not kept", async () => {
  const written = documentShelf();
  const first = await written("rss", feed, [entry], address);
  for (let n = 0; n < 100; n++) await written("rss", feed, [entry], `${address}${n}`);
  expect(await written("rss", feed, [entry], address)).not.toBe(first);
  const large = [{ ...entry, content: "x".repeat(60_000) }];
  expect(await written("json", feed, large, address)).not.toBe(await written("json", feed, large, address));
});
