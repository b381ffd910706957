/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The overview: what is decided now and was decided today, who is denied, and whether everything answers. */

import type { DeniedKey } from "../admin/decisions-admin.ts";
import type { BackendStanding } from "../admin/standing.ts";
import type { View } from "./frame.ts";
import type { LimiterDay, Overview } from "./overview-data.ts";
import { OutboundCard } from "./overview-outbound.tsx";
import { Badge, Brief, Card, Code, Cut, EmptyState, Grid, Link, Stat, Time } from "./parts.tsx";
import { Chart } from "./parts-chart.tsx";
import { Table } from "./parts-table.tsx";
import { standingWords } from "./status-line.tsx";
import { userPath } from "./users.tsx";
import { count, share } from "./words.ts";

export interface OverviewProps {
  readonly overview: Overview;
  readonly standings: readonly BackendStanding[];
  /** Where the app answers, for the example of an empty page: `https://example.com`. */
  readonly origin: string;
}

export function OverviewView({ overview, standings, origin }: OverviewProps): View {
  const { outbound } = overview;
  return (
    <>
      {overview.limiters.length === 0 ? <NothingYet origin={origin} /> : <Now overview={overview} />}
      <Grid>
        {overview.limiters.length > 0 && <Limiters limiters={overview.limiters} />}
        <Health standings={standings} />
        {overview.limiters.length > 0 && <Hours hours={overview.hours} />}
        <DeniedKeys keys={overview.deniedKeys} />
        {outbound !== undefined && <OutboundCard outbound={outbound} />}
      </Grid>
    </>
  );
}

function NothingYet({ origin }: { origin: string }): View {
  return (
    <EmptyState title="No request was decided yet">
      <p>Send one to a route of your app that is limited, and it is shown here about two seconds later:</p>
      <pre>curl -i {origin}/a/limited/route</pre>
      <p>
        Is one sent and nothing here? The recorder has to hear of decisions:{" "}
        <Code>rateLimit({"{ onDecision: recorder.onDecision }"})</Code>.
      </p>
      <p>
        <span class="live" data-live-sign="" data-live-first="">
          Load this page again to look
        </span>
      </p>
    </EmptyState>
  );
}

function Now({ overview: { limiters, rates, feeds } }: { overview: Overview }): View {
  const now = { allowed: 0, denied: 0 };
  const day = { allowed: 0, denied: 0 };
  for (const limiter of limiters) {
    now.allowed += limiter.rate.allowed;
    now.denied += limiter.rate.denied;
    day.allowed += limiter.allowed;
    day.denied += limiter.denied;
  }
  return (
    <Card title="Now" actions={<Sign />}>
      <div class="stats">
        <Stat label="Allowed a second" value={count(now.allowed)} live="allowed" />
        <Stat label="Denied a second" value={count(now.denied)} live="denied" />
        <Stat label="Allowed in 24 h" value={count(day.allowed)} />
        <Stat label="Denied in 24 h" value={count(day.denied)}>
          {share(day.denied, day.allowed + day.denied)} of all
        </Stat>
        {feeds && (
          <Stat label="Feed reads in 24 h" value={count(feeds.reads)}>
            {count(feeds.denied)} denied
          </Stat>
        )}
      </div>
      <Chart
        title="Allowed and denied a second"
        kind="lines"
        unit="per second"
        live="rates"
        atMs={rates.atMs}
        series={[
          { label: "Allowed", ink: "allowed", values: rates.allowed.map(rounded) },
          { label: "Denied", ink: "denied", values: rates.denied.map(rounded) },
        ]}
      />
    </Card>
  );
}

function Hours({ hours }: Pick<Overview, "hours">): View {
  return (
    <Card title="Last 24 hours" lead="Decisions by hour; the last hour still runs.">
      <Chart
        title="Decisions by hour"
        kind="bars"
        atMs={hours.atMs}
        series={[
          { label: "Allowed", ink: "allowed", values: hours.allowed },
          { label: "Denied", ink: "denied", values: hours.denied },
        ]}
      />
    </Card>
  );
}

function Limiters({ limiters }: { limiters: readonly LimiterDay[] }): View {
  const hasFailed = limiters.some(({ byRule }) => byRule > 0);
  return (
    <Card title="By limiter">
      <Table
        caption="Decisions by limiter, a second now and in 24 hours"
        columns={[
          { label: "Limiter", names: true, cell: ({ label }) => label },
          {
            label: "Allowed/s",
            numeric: true,
            cell: ({ limiter, rate }) => <Live of={limiter} kind="allowed" rate={rate.allowed} />,
          },
          {
            label: "Denied/s",
            numeric: true,
            cell: ({ limiter, rate }) => <Live of={limiter} kind="denied" rate={rate.denied} />,
          },
          { label: "Allowed, 24 h", numeric: true, cell: ({ allowed }) => count(allowed) },
          {
            label: "Denied, 24 h",
            numeric: true,
            cell: ({ allowed, denied }) => (denied > 0 ? `${count(denied)} (${share(denied, allowed + denied)})` : "0"),
          },
          ...(hasFailed
            ? [
                {
                  label: "By rule",
                  numeric: true,
                  cell: ({ byRule }: LimiterDay) => (byRule > 0 ? count(byRule) : "–"),
                },
              ]
            : []),
        ]}
        rows={limiters}
      />
      {hasFailed && (
        <p class="quiet">
          By rule: the backend did not answer, and the limiter's own rule let the request pass or refused it.
        </p>
      )}
    </Card>
  );
}

function Live({ of, kind, rate }: { of: string; kind: "allowed" | "denied"; rate: number }): View {
  return <span data-live={`${of}/${kind}`}>{count(rate)}</span>;
}

function Sign(): View {
  return (
    <span class="live" data-live-sign="">
      Average of the last minute
    </span>
  );
}

function DeniedKeys({ keys }: { keys: readonly DeniedKey[] }): View {
  return (
    <Card title="Denied most" lead="Keys by hour, the last 24 with the one that runs.">
      {keys.length === 0 ? (
        <EmptyState title="Nobody was denied">
          <p>Who comes to a limit is listed here, with the number of refusals.</p>
        </EmptyState>
      ) : (
        <Table
          caption="Keys that were denied most in 24 hours"
          columns={[
            { label: "Key", names: true, cell: (key) => <Who of={key} /> },
            { label: "Limiter", cell: ({ limiter }) => limiter },
            { label: "Denials", numeric: true, cell: ({ denials }) => count(denials) },
            { label: "Last", numeric: true, cell: ({ lastAtMs }) => <Time at={lastAtMs} ago /> },
          ]}
          rows={keys}
        />
      )}
    </Card>
  );
}

function Who({ of: { key, userId, userName, isPseudonym } }: { of: DeniedKey }): View {
  if (userId !== undefined)
    return (
      <Link to={userPath(userId)}>
        <Brief text={userName ?? userId} />
      </Link>
    );
  return (
    <>
      <Code>
        <Cut text={key} at={40} />
      </Code>{" "}
      {isPseudonym && <Badge>pseudonym</Badge>}
    </>
  );
}

function Health({ standings }: { standings: readonly BackendStanding[] }): View {
  return (
    <Card title="Backends" lead="Where limits are counted.">
      {standings.length === 0 && <EmptyState title="It is not known how the limits stand" />}
      {standings.length > 0 && (
        <Table
          caption="Backends and whether they answer"
          columns={[
            { label: "Limits", names: true, cell: (standing) => <Limits of={standing} /> },
            { label: "Backend", cell: (standing) => standingWords(standing) },
            { label: "Health", cell: (standing) => <HealthBadge of={standing} /> },
          ]}
          rows={standings}
        />
      )}
    </Card>
  );
}

function Limits({ of: { title, limiters } }: { of: BackendStanding }): View {
  return (
    <span class="stack-tight">
      {title}
      {limiters.length > 0 && <span class="quiet">{limiters.join(", ")}</span>}
    </span>
  );
}

function HealthBadge({ of: { failing, isEnabled } }: { of: BackendStanding }): View {
  if (failing) {
    return (
      <>
        <Badge tone="bad">failing</Badge> since <Time at={failing.sinceMs} ago /> ({failing.code})
      </>
    );
  }
  return isEnabled ? <Badge tone="good">answers</Badge> : <Badge tone="warn">off</Badge>;
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100;
}
