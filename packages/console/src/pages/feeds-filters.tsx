/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What reads can be narrowed to. Addresses and user agents are named by a row that has them, so that they are in no address bar. */

import type { outcomes } from "../admin/decisions-admin.ts";
import type { FeedAccessFilters, FeedReads } from "../admin/feeds-admin.ts";
import { type View, withQuery } from "./frame.ts";
import { Badge, Link } from "./parts.tsx";
import { Choice, Field, Filters } from "./parts-form.tsx";
import { cut } from "./words.ts";

/** What the limits said of a read, in words. */
export const decisionWords = {
  allowed: "allowed",
  denied: "refused",
  open: "let through: the backend failed",
  closed: "refused: the backend failed",
  none: "not limited",
} as const satisfies Record<(typeof outcomes)[number] | "none", string>;

/** `feeds` are offered by their titles, and the one that is chosen already. */
export function FeedFilters(props: { query: FeedAccessFilters; feeds: readonly Titled[] }): View {
  const { query, feeds } = props;
  const { feed, owner, decision, addressOf, agentOf } = query;
  return (
    <>
      <Filters to="/feeds">
        <Choice name="feed" label="Feed" value={feed} of={[["", "Any"], ...feeds.map(choice)]} />
        <Field name="owner" label="Owner" type="search" value={owner} placeholder="A user’s name or id" />
        <Choice
          name="decision"
          label="Decision"
          value={decision}
          of={[["", "Any"], ...Object.entries(decisionWords)]}
        />
        {addressOf !== undefined && <input type="hidden" name="addressOf" value={String(addressOf)} />}
        {agentOf !== undefined && <input type="hidden" name="agentOf" value={String(agentOf)} />}
      </Filters>
      {(addressOf !== undefined || agentOf !== undefined) && (
        <p class="row">
          {addressOf !== undefined && <Only of="one address" to={feedsPath({ ...query, addressOf: undefined })} />}
          {agentOf !== undefined && <Only of="one user agent" to={feedsPath({ ...query, agentOf: undefined })} />}
        </p>
      )}
    </>
  );
}

type Titled = Pick<FeedReads, "feedId" | "title">;

function choice({ feedId, title }: Titled): readonly [string, string] {
  return [feedId, cut(title ?? `${feedId} (gone)`, 60)];
}

function Only({ of, to }: { of: string; to: string }): View {
  return (
    <span>
      <Badge>only {of}</Badge>{" "}
      <Link to={to}>
        show all<span class="unseen"> instead of {of}</span>
      </Link>
    </span>
  );
}

/** The list under these filters. */
export function feedsPath(query: FeedAccessFilters, path = "/feeds"): string {
  return withQuery(path, { ...query });
}
