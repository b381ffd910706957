/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Reads one by one. Addresses, user agents and titles are strangers' text: cut, isolated (by their cells, where they stand alone), and nothing but text. */

import type { FeedAccessFilters, FeedAccessRow } from "../admin/feeds-admin.ts";
import { short } from "./feeds.tsx";
import { decisionWords, feedsPath } from "./feeds-filters.tsx";
import type { View } from "./frame.ts";
import { Badge, Brief, Cut, Link, Time } from "./parts.tsx";
import { type Column, Table } from "./parts-table.tsx";
import { userPath } from "./users.tsx";

export function FeedReadsTable({ rows, query }: { rows: readonly FeedAccessRow[]; query: FeedAccessFilters }): View {
  return <Table caption="Reads of public feeds" isLog columns={columns(query)} rows={rows} />;
}

function columns(query: FeedAccessFilters): readonly Column<FeedAccessRow>[] {
  return [
    { label: "When", cell: ({ atMs }) => <Time at={atMs} /> },
    { label: "Feed", cell: (read) => <Feed read={read} query={query} /> },
    {
      label: "Owner",
      cell: ({ ownerId, ownerName }) => <Link to={userPath(ownerId)}>{short(ownerName ?? ownerId)}</Link>,
    },
    {
      label: "Address",
      // To the reads from it alone.
      cell: ({ id, address }) =>
        query.addressOf === undefined ? (
          <Link to={feedsPath({ ...query, addressOf: id })}>
            <Brief text={address} at={48} />
          </Link>
        ) : (
          <Cut text={address} at={48} />
        ),
    },
    {
      label: "User agent",
      cell: ({ id, userAgent }) => (
        <>
          {userAgent === "" ? <span class="quiet">none sent</span> : <Cut text={userAgent} at={90} />}
          {query.agentOf === undefined && <Only to={{ ...query, agentOf: id }} />}
        </>
      ),
    },
    { label: "Status", cell: ({ status }) => String(status) },
    { label: "Decision", cell: ({ decision }) => <DecisionBadge decision={decision} /> },
  ];
}

/** Leads to the reads of the feed alone, where they are not that already. */
function Feed({ read: { feedId, feedTitle }, query }: { read: FeedAccessRow; query: FeedAccessFilters }): View {
  const name = feedTitle === undefined ? `${short(feedId)} (gone)` : short(feedTitle);
  return query.feed === feedId ? <>{name}</> : <Link to={feedsPath({ ...query, feed: feedId })}>{name}</Link>;
}

function Only({ to }: { to: FeedAccessFilters }): View {
  return (
    <>
      {" "}
      <Link to={feedsPath(to)} label="only this user agent">
        only
      </Link>
    </>
  );
}

function DecisionBadge({ decision }: { decision: string }): View {
  const words = Object.hasOwn(decisionWords, decision)
    ? decisionWords[decision as keyof typeof decisionWords]
    : decision;
  const tone = decision === "denied" || decision === "closed" ? "bad" : decision === "open" ? "warn" : undefined;
  return tone ? <Badge tone={tone}>{words}</Badge> : <>{words}</>;
}
