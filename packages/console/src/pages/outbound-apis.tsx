/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The APIs that are called: what became of a day's calls, how their limits and breakers stand, and what holds them. */

import type { ApiRow } from "../admin/outbound-admin.ts";
import type { Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { apiHeld, apiPause } from "./outbound-held.tsx";
import { BreakerForm, PauseForm } from "./outbound-hold.tsx";
import { Badge, Card, Cut, Facts, Gauge, Grid, Time } from "./parts.tsx";
import { type Column, Table } from "./parts-table.tsx";
import { count, lasting, share } from "./words.ts";

export function ApiCards({ apis, refusal }: { apis: readonly ApiRow[]; refusal: Refusal | undefined }): View {
  return (
    <Grid>
      {apis.map((api, at) => (
        <ApiCard api={api} at={at} refusal={refusal} />
      ))}
    </Grid>
  );
}

function ApiCard({ api, at, refusal }: { api: ApiRow; at: number; refusal: Refusal | undefined }): View {
  const of = apiHeld(api, at);
  const { day, breaker } = api;
  return (
    <Card title={api.name} lead={api.because}>
      {api.limits.map(({ name, key, limit, used, rampLeftMs }) => (
        <Gauge
          label={api.limits.length > 1 || name !== api.name ? [name, key].filter(Boolean).join(" ") : "Limit"}
          used={used}
          of={limit}
          because={used === undefined ? "The backend cannot say how much of it is used." : undefined}
          more={rampLeftMs ? `The rate still grows for ${lasting(rampLeftMs)} after a pause.` : undefined}
        />
      ))}
      <Facts
        of={[
          ["Calls, 24 h", count(day.calls)],
          ["429s met", `${count(day.throttled)} (${share(day.throttled, day.calls)})`],
          ["Failures", `${count(day.failures)} (${share(day.failures, day.calls)})`],
          ["Retries", count(day.retries)],
          ["Mean answer", milliseconds(day.meanLatencyMs)],
          ["Mean wait", milliseconds(day.meanWaitMs)],
          ["Queue here", api.queue === undefined ? "none is called from here" : count(api.queue)],
          ["Breaker", <BreakerPhase api={api} />],
          ["Limit found out", <TunedLimit api={api} />],
        ]}
      />
      {apiPause(api) === undefined && api.limits.length > 0 && <PauseForm of={of} refusal={refusal} />}
      {breaker !== undefined && breaker.phase !== "isolated" && <BreakerForm of={of} refusal={refusal} />}
    </Card>
  );
}

const tones = { closed: "good", open: "bad", "half-open": "warn", isolated: "bad" } as const;

function BreakerPhase({ api: { breaker } }: { api: ApiRow }): View {
  if (breaker === undefined) return <>none</>;
  const { phase, calls, failures, untilMs, isShared } = breaker;
  return (
    <>
      <Badge tone={tones[phase]}>{phase}</Badge> {count(failures)} of {count(calls)} calls failed lately
      {untilMs !== undefined && (
        <>
          ; probes from <Time at={untilMs} />
        </>
      )}
      {!isShared && <span class="quiet"> (of this process alone)</span>}
    </>
  );
}

function TunedLimit({ api: { tuned } }: { api: ApiRow }): View {
  if (tuned === undefined) return <>not looked for</>;
  const { limit, configured, changedMs } = tuned;
  if (limit === configured) return <>{count(limit)}, as configured</>;
  return (
    <>
      {count(limit)} of {count(configured)} configured
      {changedMs !== undefined && (
        <>
          , since <Time at={changedMs} />
        </>
      )}
    </>
  );
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? "unknown" : ms < 1_000 ? `${Math.round(ms)} ms` : lasting(ms);
}

/** Hosts that were called without a client of their own: numbers alone. */
export function OtherApis({ apis }: { apis: readonly ApiRow[] }): View {
  const numbers = (label: string, of: (day: ApiRow["day"]) => string): Column<ApiRow> => ({
    label,
    numeric: true,
    cell: ({ day }) => of(day),
  });
  return (
    <Card
      title="Other calls, last 24 hours"
      lead="Counted only: there is no single limit of these that could be held here."
      wide
    >
      <Table
        caption="Other calls"
        columns={[
          { label: "API", names: true, cell: ({ name }) => <Cut text={name} at={60} /> },
          numbers("Calls", ({ calls }) => count(calls)),
          numbers("429s met", ({ throttled }) => count(throttled)),
          numbers("Failures", ({ failures }) => count(failures)),
          numbers("Retries", ({ retries }) => count(retries)),
          numbers("Mean answer", ({ meanLatencyMs }) => milliseconds(meanLatencyMs)),
        ]}
        rows={apis}
      />
    </Card>
  );
}
