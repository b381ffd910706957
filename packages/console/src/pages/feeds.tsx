/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Who read which public feed: the day in numbers, the reads one by one, and who and what is read most. */

import type {
  FeedAccessFilters,
  FeedAccessQuery,
  FeedAccessRow,
  FeedReads,
  ReadCount,
  ReadHour,
  TopReader,
} from "../admin/feeds-admin.ts";
import type { Page } from "../admin/page.ts";
import { FeedFilters, feedsPath } from "./feeds-filters.tsx";
import { FeedReadsTable } from "./feeds-log.tsx";
import { pathIn, useFrame, type View } from "./frame.ts";
import { Badge, Card, Cut, EmptyState, Grid, Link, Stat } from "./parts.tsx";
import { Chart } from "./parts-chart.tsx";
import { Pager, Table } from "./parts-table.tsx";
import { count, cut, share } from "./words.ts";

export interface FeedsData {
  readonly query: FeedAccessFilters;
  readonly after: FeedAccessQuery["after"];
  readonly day: ReadCount;
  readonly hours: readonly ReadHour[];
  readonly page: Page<FeedAccessRow>;
  readonly topReaders: readonly TopReader[];
  readonly topFeeds: readonly FeedReads[];
}

export function FeedsView(data: FeedsData): View {
  const { query, after, day, page } = data;
  const isNarrowed = Object.values(query).some((one) => one !== undefined);
  return (
    <div class="stack">
      <Card title="Filters" wide>
        <FeedFilters query={query} feeds={offered(data)} />
      </Card>
      <Day {...data} isNarrowed={isNarrowed} />
      <Card title="Reads, the newest first" actions={<CsvLink query={query} />} wide>
        {page.items.length > 0 ? (
          <FeedReadsTable rows={page.items} query={query} />
        ) : page.next !== undefined ? (
          <EmptyState title="None of the newest fits.">
            <p>A long log is looked through part by part: go on with the older ones below.</p>
          </EmptyState>
        ) : isNarrowed ? (
          <EmptyState title="No read fits.">
            <p>
              Take a filter away, or <Link to="/feeds">show all reads</Link>. The log keeps 30 days.
            </p>
          </EmptyState>
        ) : (
          <EmptyState title="No public feed was read yet.">
            <p>Open the address of a public feed: the read is listed here within seconds.</p>
          </EmptyState>
        )}
        <Pager to="/feeds" query={{ ...query }} after={after} next={page.next} />
      </Card>
      {day.reads > 0 && <Most {...data} />}
    </div>
  );
}

/** The feeds read most, those of the list, and the one that is chosen: each once. */
function offered({ query: { feed }, topFeeds, page }: FeedsData): readonly Pick<FeedReads, "feedId" | "title">[] {
  const listed = page.items.map(({ feedId, feedTitle }) => ({ feedId, title: feedTitle ?? `${feedId} (gone)` }));
  const chosen = feed === undefined ? [] : [{ feedId: feed, title: feed }];
  // The last of an id is taken: it has the title, if anything has.
  return [...new Map([...chosen, ...listed.toReversed(), ...topFeeds].map((one) => [one.feedId, one])).values()];
}

function Day({ day, hours, isNarrowed }: FeedsData & { isNarrowed: boolean }): View {
  return (
    <Card
      title={isNarrowed ? "Last 24 hours, under these filters" : "Last 24 hours"}
      lead={day.of && `Of the newest ${count(day.of)} reads; older ones are not counted here.`}
      wide
    >
      <div class="stats">
        <Stat label="Reads" value={count(day.reads)} />
        <Stat label="Refused" value={count(day.denied)} tone={day.denied > 0 ? "warn" : undefined}>
          {share(day.denied, day.reads)}
        </Stat>
      </div>
      {day.reads > 0 && (
        <Chart
          title="Reads by hour"
          kind="bars"
          atMs={hours.map(({ atMs }) => atMs)}
          series={[
            { label: "Served", ink: "allowed", values: hours.map(({ reads, denied }) => reads - denied) },
            { label: "Refused", ink: "denied", values: hours.map(({ denied }) => denied) },
          ]}
          unit="an hour"
        />
      )}
    </Card>
  );
}

function Most({ topReaders, topFeeds }: FeedsData): View {
  const of = topReaders[0]?.of;
  const lead = `All feeds, last 24 hours${of ? `, of the newest ${count(of)} reads` : ""}.`;
  return (
    <Grid>
      <Card title="Who reads most" lead={lead}>
        <Table
          caption="Readers by reads"
          columns={[
            { label: "Address", names: true, cell: (reader) => <Address {...reader} /> },
            { label: "Reads", numeric: true, cell: ({ reads }) => count(reads) },
            { label: "Refused", numeric: true, cell: ({ denied }) => count(denied) },
          ]}
          rows={topReaders}
        />
      </Card>
      <Card title="What is read most" lead={lead}>
        <Table
          caption="Feeds by reads"
          columns={[
            {
              label: "Feed",
              names: true,
              cell: ({ feedId, title }) => (
                <Link to={feedsPath({ feed: feedId })}>
                  <bdi>{short(title ?? feedId)}</bdi>
                </Link>
              ),
            },
            { label: "Reads", numeric: true, cell: ({ reads }) => count(reads) },
            { label: "Refused", numeric: true, cell: ({ denied }) => count(denied) },
          ]}
          rows={topFeeds}
        />
      </Card>
    </Grid>
  );
}

function Address({ address, isPseudonym, row }: TopReader): View {
  return (
    <div>
      <Cut text={address} at={48} /> {isPseudonym && <Badge>pseudonym</Badge>}{" "}
      <Link to={feedsPath({ addressOf: row })}>
        show<span class="unseen"> the reads of {short(address)}</span>
      </Link>
    </div>
  );
}

/** A link's text does not unfold. */
export function short(text: string): string {
  return cut(text, 80);
}

function CsvLink({ query }: { query: FeedAccessFilters }): View {
  return (
    <a
      class="button button-quiet"
      href={pathIn(useFrame(), feedsPath(query, "/feeds/reads.csv"))}
      download="feed-reads.csv"
    >
      CSV
    </a>
  );
}
