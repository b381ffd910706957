/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What reads can be narrowed to. Addresses and user agents are named by a row that has them, so that they are in no address bar. */

import type { outcomes } from "../admin/decisions-admin.ts";
import type { FeedAccessQuery } from "../admin/feeds-admin.ts";
import type { View } from "./frame.ts";
import { Badge, Link } from "./parts.tsx";
import { Choice, Field, Filters } from "./parts-form.tsx";

/** The filters without the part of the list. */
export type FeedsQuery = Omit<FeedAccessQuery, "limit" | "after">;

/** What the limits said of a read, in words. */
export const decisionWords = {
  allowed: "allowed",
  denied: "refused",
  open: "let through: the backend failed",
  closed: "refused: the backend failed",
  none: "not limited",
} as const satisfies Record<(typeof outcomes)[number] | "none", string>;

export function FeedFilters({ query }: { query: FeedsQuery }): View {
  const { feed, owner, decision, addressOf, agentOf } = query;
  return (
    <>
      <Filters to="/feeds">
        <Field name="feed" label="Feed’s id" type="search" value={feed} />
        <Field name="owner" label="Owner’s id" type="search" value={owner} />
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
export function feedsPath(query: FeedsQuery, path = "/feeds"): string {
  const asked = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)] as [string, string]],
  );
  return asked.length === 0 ? path : `${path}?${new URLSearchParams(asked)}`;
}
