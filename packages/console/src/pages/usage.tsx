/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Usage & limits, for the user whose they are: plan, what is left, and how often the feeds were read. */

import type { FeedReads } from "../admin/feeds-admin.ts";
import type { QuotaRow } from "../admin/quota-admin.ts";
import type { BackendStanding } from "../admin/standing.ts";
import type { PlanLimits } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import { type Frame, useFrame, type View } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { Badge, Card, EmptyState, Facts, Gauge, Grid, Notice, Time } from "./parts.tsx";
import { Table } from "./parts-table.tsx";
import { documentOf } from "./show.tsx";
import { count, lasting, units as unitsWords } from "./words.ts";

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
            Requests are refused until <Time at={blockedUntilMs} />. Whoever runs this service can tell you why.
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
            <Limit unit={limit.unit} holding={holding[name]} row={quota.find((row) => row.limit === name)} />
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

function Limit(props: { unit: string; holding: UsageLimit | undefined; row: QuotaRow | undefined }): View {
  const { unit, holding, row } = props;
  const units = row?.units ?? holding?.units;
  if (units === undefined) return <p class="quiet">There is no such limit on your plan.</p>;
  return (
    <>
      <p>
        {units === 0 ? "Not part of what you may use now." : `${unitsWords(units)} ${unit}`}{" "}
        {holding?.isCustom && <Badge tone="good">custom</Badge>}
        {holding?.expiresAtMs !== undefined && (
          <span class="quiet">
            {" "}
            until <Time at={holding.expiresAtMs} />
          </span>
        )}
      </p>
      {units === "unlimited" && row?.used === undefined ? null : (
        <Gauge label="Used" used={row?.used} of={units} because={row?.used === undefined ? row?.because : undefined} />
      )}
      <Facts of={[...left(row), ["Read", <Time at={useFrame().nowMs} ago />]]} />
    </>
  );
}

/** Only what is known. */
function left(row: QuotaRow | undefined): readonly (readonly [string, string])[] {
  return [
    ...(row?.remaining === undefined ? [] : ([["Left now", count(row.remaining)]] as const)),
    ...(row?.resetAfterMs === undefined || row.resetAfterMs === 0
      ? []
      : ([["Whole again in", lasting(row.resetAfterMs)]] as const)),
  ];
}

/** Reads of each feed, for administrators and for the owner alike. */
export function FeedsTable({ feeds }: { feeds: readonly FeedReads[] }): View {
  return (
    <Table
      caption="Feeds by reads"
      columns={[
        { label: "Feed", names: true, cell: ({ title, feedId }) => <bdi>{title ?? feedId}</bdi> },
        { label: "Reads", numeric: true, cell: ({ reads }) => count(reads) },
        { label: "Refused", numeric: true, cell: ({ denied }) => count(denied) },
      ]}
      rows={feeds}
    />
  );
}
