/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Everything that goes out: first what is held, then mail, APIs, queues and jobs. */

import type { OutboundView as Outbound } from "../admin/outbound-admin.ts";
import type { Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { ApiCards, OtherApis } from "./outbound-apis.tsx";
import { Held } from "./outbound-held.tsx";
import { Inboxes } from "./outbound-inboxes.tsx";
import { Jobs, Queues } from "./outbound-jobs.tsx";
import { Sending } from "./outbound-sending.tsx";
import { Card, EmptyState, Grid, Notice } from "./parts.tsx";
import { Chart } from "./parts-chart.tsx";
import { Refused } from "./units-field.tsx";

export interface OutboundData {
  readonly outbound: Outbound;
  readonly refusal?: Refusal | undefined;
}

export function OutboundView({ outbound, refusal }: OutboundData): View {
  const { sending, apis, queues, leases, troubles = [] } = outbound;
  const isEmpty = sending === undefined && [apis, queues, leases].every(({ length }) => length === 0);
  const own = apis.filter(isOwn);
  const others = apis.filter((api) => !isOwn(api));
  return (
    <div class="stack">
      <Refused refusal={refusal} />
      <Held outbound={outbound} />
      {troubles.map((trouble) => (
        <Notice tone="warn">{trouble}</Notice>
      ))}
      {isEmpty && (
        <Card title="Nothing goes out" wide>
          <EmptyState title="No inbox, API, queue or job is known.">
            <p>Hand the console what sends and calls: its option outbound takes quotas, clients, queues and leases.</p>
          </EmptyState>
        </Card>
      )}
      <Grid>
        {sending && <Sending sending={sending} refusal={refusal} />}
        <Throttled outbound={outbound} />
      </Grid>
      {sending && (
        <Inboxes
          inboxes={sending.inboxes}
          isPaused={sending.paused !== undefined}
          isStuck={sending.waits !== undefined}
          refusal={refusal}
        />
      )}
      <ApiCards apis={own} refusal={refusal} />
      {others.length > 0 && <OtherApis apis={others} />}
      <Grid>
        {queues.length > 0 && <Queues queues={queues} />}
        {leases.length > 0 && <Jobs leases={leases} />}
      </Grid>
    </div>
  );
}

/** Whether it has something to show and to hold, beyond what was counted. */
function isOwn({ limits, breaker, tuned, because }: Outbound["apis"][number]): boolean {
  return limits.length > 0 || breaker !== undefined || tuned !== undefined || because === undefined;
}

function Throttled({ outbound }: { outbound: Outbound }): View {
  const hours = outbound.throttledByHour;
  const calls = hours.reduce((sum, hour) => sum + hour.calls, 0);
  if (outbound.apis.length === 0) return <></>;
  return (
    <Card title="Calls and 429s met, last 24 hours" wide={outbound.sending === undefined}>
      {calls === 0 ? (
        <EmptyState title="No API was called yet.">
          <p>Calls are counted as soon as a client of the app makes one.</p>
        </EmptyState>
      ) : (
        <Chart
          title="Calls and 429s by hour"
          kind="bars"
          atMs={hours.map(({ atMs }) => atMs)}
          series={[
            {
              label: "Other calls",
              ink: "allowed",
              values: hours.map((hour) => Math.max(0, hour.calls - hour.throttled)),
            },
            { label: "429s", ink: "denied", values: hours.map(({ throttled }) => throttled) },
          ]}
          unit="an hour"
        />
      )}
    </Card>
  );
}
