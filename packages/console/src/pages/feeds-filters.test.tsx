/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The filters of feed access offer names: nobody knows an id by heart. */

import { expect, it } from "vitest";
import { elements, parsed, textOf } from "../../test/html.ts";
import { accessRow, nowMs } from "../../test/views-data.ts";
import { type FeedsData, FeedsView } from "./feeds.tsx";
import { FrameContext } from "./frame.ts";

const read = (feedId: string, feedTitle?: string) => ({ ...accessRow("some"), feedId, feedTitle });

function offered(query: FeedsData["query"]): (readonly [id: string | undefined, title: string, isChosen: boolean])[] {
  const data: FeedsData = {
    ...{ query, after: undefined, day: { reads: 3, denied: 0 }, hours: [], topReaders: [] },
    page: { items: [read("f2", "Two"), read("f1", "One"), read("f3")] },
    topFeeds: [{ feedId: "f1", title: "One", reads: 2, denied: 0 }],
  };
  const view = (
    <FrameContext.Provider value={{ base: "/admin", nowMs }}>
      <FeedsView {...data} />
    </FrameContext.Provider>
  );
  const [choice] = elements(parsed(String(view)), "select").filter(({ attributes }) => attributes.get("id") === "feed");
  return elements(choice as never, "option").map((option) => {
    return [option.attributes.get("value"), textOf(option), option.attributes.has("selected")];
  });
}

it("has each feed of the list and of those read most once, by its title", () => {
  expect(offered({}).map(([id, title]) => [id, title])).toEqual(
    expect.arrayContaining([
      ["", "Any"],
      ["f1", "One"],
      ["f2", "Two"],
      ["f3", "f3 (gone)"],
    ]),
  );
  expect(offered({})).toHaveLength(4);
});

it("keeps the one that is chosen, whether it has a title here or not", () => {
  expect(offered({ feed: "f2" }).filter(([, , isChosen]) => isChosen)).toEqual([["f2", "Two", true]]);
  expect(offered({ feed: "f9" }).filter(([, , isChosen]) => isChosen)).toEqual([["f9", "f9", true]]);
});
