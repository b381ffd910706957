/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Usage & limits, for the user whose they are: plan, what is left, and how often the feeds were read. */

import type { FeedReads } from "../admin/feeds-admin.ts";
import type { QuotaRow } from "../admin/quota-admin.ts";
import type { BackendStanding } from "../admin/standing.ts";
import type { PlanLimits } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import { type Frame, useFrame, type View } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { Badge, Card, EmptyState, Facts, Fresh, Gauge, Grid, Notice, Time } from "./parts.tsx";
import { Table } from "./parts-table.tsx";
import { documentOf } from "./show.tsx";
import { count, units as unitsWords, wholeAgain } from "./words.ts";

/** One limit of the user's. Who granted it and why is for administrators alone, and not in here. */
export interface UsageLimit {
  readonly units: Units;
  /** Whether it was granted to this user, instead of what the plan says. */
  readonly isCustom: boolean;
  /** From then on the plan's number holds again. */
  readonly expiresAtMs?: number | undefined;
}

export interface UsageData {
  readonly frame: Frame;
  /** As the app gives them; undefined where they could not be asked. */
  readonly standings: readonly BackendStanding[] | undefined;
  readonly name: string;
  readonly plan: { readonly name: string; readonly features: readonly string[] };
  /** What the limits are called. */
  readonly limits: PlanLimits;
  /** What holds, by the limit's name. */
  readonly holding: Readonly<Record<string, UsageLimit>>;
  readonly quota: readonly QuotaRow[];
  /** Present while all limits are 0. */
  readonly blockedUntilMs?: number | undefined;
  /** Absent where the app has no feeds. */
  readonly feeds?: readonly FeedReads[] | undefined;
  /** Where logging out is a POST to, within the mount. */
  readonly logout?: string | undefined;
}

/** The whole document. */
export function usagePage(data: UsageData): ReturnType<typeof documentOf> {
  return documentOf(
    <Layout
      frame={data.frame}
      title="Usage & limits"
      standings={data.standings}
      navigation={[]}
      who={data.name}
      logout={data.logout}
    >
      <UsageView {...data} />
    </Layout>,
  );
}

export function UsageView(data: UsageData): View {
  const { plan, limits, holding, quota, feeds, blockedUntilMs } = data;
  return (
    <div class="stack">
      {blockedUntilMs !== undefined && (
        <Notice tone="bad" title="Your access is blocked.">
          <span>
            Requests are refused{feeds && ", and your public feeds are not served,"} until <Time at={blockedUntilMs} />.
            Whoever runs this service can tell you why.
          </span>
        </Notice>
      )}
      <Grid small>
        <Card title="Your plan">
          <p>
            <strong>
              <bdi>{plan.name}</bdi>
            </strong>
          </p>
          {plan.features.length > 0 && (
            <ul class="list-plain">
              {plan.features.map((feature) => (
                <li>
                  <bdi>{feature}</bdi>
                </li>
              ))}
            </ul>
          )}
        </Card>
        {Object.entries(limits).map(([name, limit]) => (
          <Card title={limit.label}>
            <Limit
              name={name}
              unit={limit.unit}
              holding={holding[name]}
              isBlocked={blockedUntilMs !== undefined}
              row={quota.find((row) => row.limit === name)}
            />
          </Card>
        ))}
      </Grid>
      {feeds && (
        <Card title="Your public feeds, last 24 hours" wide>
          {feeds.length === 0 ? (
            <EmptyState title="None of your feeds was read yet.">
              <p>Give a feed’s address to a reader; every read is counted here.</p>
            </EmptyState>
          ) : (
            <FeedsTable feeds={feeds} />
          )}
        </Card>
      )}
    </div>
  );
}

function Limit(props: {
  name: string;
  unit: string;
  holding: UsageLimit | undefined;
  isBlocked: boolean;
  row: QuotaRow | undefined;
}): View {
  const { name, unit, holding, isBlocked, row } = props;
  const units = row?.units ?? holding?.units;
  if (units === undefined) return <p class="quiet">There is no such limit on your plan.</p>;
  return (
    <>
      <p>
        {units === 0 ? noneWords(isBlocked) : `${unitsWords(units)} ${unit}`}{" "}
        {holding?.isCustom && <Badge tone="good">custom</Badge>}
        {holding?.expiresAtMs !== undefined && (
          <span class="quiet">
            {" "}
            until <Time at={holding.expiresAtMs} />
          </span>
        )}
      </p>
      <Fresh name={name} from="/">
        {units === "unlimited" && row?.used === undefined ? null : (
          <Gauge
            label="Used"
            used={row?.used}
            of={units}
            because={row?.used === undefined ? row?.because : undefined}
          />
        )}
        <Facts of={[...left(row), ["Read", <Time at={useFrame().nowMs} ago />]]} />
      </Fresh>
    </>
  );
}

/** A block says nothing of the plan, which is back after it. */
function noneWords(isBlocked: boolean): string {
  return isBlocked ? "Nothing while your access is blocked." : "Not part of what you may use now.";
}

/** Only what is known. */
function left(row: QuotaRow | undefined): readonly (readonly [string, string])[] {
  return [
    ...(row?.remaining === undefined ? [] : ([["Left now", count(row.remaining)]] as const)),
    ...(row?.resetAfterMs === undefined ? [] : ([["Whole again", wholeAgain(row.resetAfterMs)]] as const)),
  ];
}

/** Reads of each feed, for administrators and for the owner alike. */
export function FeedsTable({ feeds }: { feeds: readonly FeedReads[] }): View {
  const { of } = feeds[0] ?? {};
  return (
    <>
      {of && <p class="lead">Of the newest {count(of)} reads; older ones are not counted here.</p>}
      <Table
        caption="Feeds by reads"
        columns={[
          { label: "Feed", names: true, cell: ({ title, feedId }) => <bdi>{title ?? feedId}</bdi> },
          { label: "Reads", numeric: true, cell: ({ reads }) => count(reads) },
          { label: "Refused", numeric: true, cell: ({ denied }) => count(denied) },
        ]}
        rows={feeds}
      />
    </>
  );
}
