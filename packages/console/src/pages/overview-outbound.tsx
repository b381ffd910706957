/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What goes out, on the overview: sends against their limits, calls of APIs with their 429s and breakers. */

import type { ApiRow, OutboundView, SendingView } from "../admin/outbound-admin.ts";
import type { View } from "./frame.ts";
import { again, MailWaits } from "./outbound-sending.tsx";
import { Badge, Card, EmptyState, Gauge, Link, Notice, Time, type Tone } from "./parts.tsx";
import { Spark } from "./parts-chart.tsx";
import { Table } from "./parts-table.tsx";
import { count, counted } from "./words.ts";

/** A sentence stands where the state cannot be asked now. */
export function OutboundCard({ outbound }: { outbound: OutboundView | string }): View {
  if (typeof outbound === "string") {
    return (
      <Card title="Outbound" wide>
        <Notice tone="bad">{outbound}</Notice>
      </Card>
    );
  }
  const { sending, apis, throttledByHour } = outbound;
  const met = throttledByHour.reduce((sum, { throttled }) => sum + throttled, 0);
  return (
    <Card title="Outbound" wide actions={<Link to="/outbound">Details</Link>}>
      <div class="split">
        {sending && <Sending sending={sending} />}
        <div class="stack">
          <h3>429s met in 24 h</h3>
          <p>
            <strong>{count(met)}</strong>{" "}
            <span class="quiet">
              {met === 0 ? "no API refused a call for there being too many" : "refusals by APIs, by hour:"}
            </span>
          </p>
          {met > 0 && (
            <Spark
              values={throttledByHour.map(({ throttled }) => throttled)}
              label={`429s met by hour: ${count(met)} in 24 hours`}
            />
          )}
        </div>
      </div>
      {apis.length === 0 ? <NoApis /> : <Apis apis={apis} />}
    </Card>
  );
}

function Sending({ sending: { hour, day, paused, inboxes, waits } }: { sending: SendingView }): View {
  const held = inboxes.filter((inbox) => inbox.held || inbox.paused !== undefined).length;
  return (
    <div class="stack">
      <h3>Sends</h3>
      {paused && (
        <Notice tone="warn" title="Paused.">
          {paused.reason}
        </Notice>
      )}
      {waits && <MailWaits because={waits} />}
      <Gauge label="This hour" used={hour.used} of={hour.limit} unit="sends" more={again(hour)} />
      <Gauge label="Today" used={day.used} of={day.limit} unit="sends" more={again(day)} />
      {held > 0 && <p class="quiet">{counted(held, "inbox is", "inboxes are")} held or paused.</p>}
    </div>
  );
}

function NoApis(): View {
  return (
    <EmptyState title="No API is called here">
      <p>Clients that the console is handed are listed with their calls, 429s and breakers.</p>
    </EmptyState>
  );
}

function Apis({ apis }: { apis: readonly ApiRow[] }): View {
  return (
    <Table
      caption="Calls of APIs in 24 hours"
      columns={[
        { label: "API", names: true, cell: ({ name }) => name },
        { label: "Calls, 24 h", numeric: true, cell: ({ day }) => count(day.calls) },
        { label: "429s met", numeric: true, cell: ({ day }) => count(day.throttled) },
        { label: "Failures", numeric: true, cell: ({ day }) => count(day.failures) },
        { label: "Waiting", numeric: true, cell: ({ queue }) => (queue === undefined ? "–" : count(queue)) },
        { label: "Breaker", cell: (api) => <Breaker of={api} /> },
      ]}
      rows={apis}
    />
  );
}

const phases: Readonly<Record<string, readonly [words: string, tone: Tone]>> = {
  closed: ["closed: calls go out", "good"],
  open: ["open: no call goes out", "bad"],
  "half-open": ["half open: probes go out", "warn"],
  isolated: ["isolated by hand: no call goes out", "bad"],
};

function Breaker({ of: { breaker, because, limits } }: { of: ApiRow }): View {
  const paused = limits.find((limit) => limit.paused !== undefined)?.paused;
  // Why is said where it could be held: on the page of what goes out.
  if (because !== undefined) return <span class="quiet">–</span>;
  const [words, tone] = phases[breaker?.phase ?? ""] ?? [breaker?.phase ?? "none", undefined];
  return (
    <span class="row">
      <Badge tone={tone}>{words}</Badge>
      {breaker && breaker.phase !== "closed" && (
        <span class="quiet">
          since <Time at={breaker.sinceMs} ago />
        </span>
      )}
      {paused && <Badge tone="warn">paused</Badge>}
    </span>
  );
}
