/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The inboxes: what each has sent today, how warm it is, and whether it may send. */

import type { InboxRow } from "../admin/outbound-admin.ts";
import type { Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { inboxHeld } from "./outbound-held.tsx";
import { PauseForm } from "./outbound-hold.tsx";
import { Badge, Card, Code, EmptyState, Gauge } from "./parts.tsx";
import { Spark } from "./parts-chart.tsx";
import { Table } from "./parts-table.tsx";

/** `isPaused`: while all sending is, whatever an inbox could do by itself; `isStuck`: while mail has no way out. */
export function Inboxes(props: {
  inboxes: readonly InboxRow[];
  isPaused: boolean;
  isStuck: boolean;
  refusal: Refusal | undefined;
}): View {
  const { inboxes, isPaused, isStuck, refusal } = props;
  return (
    <Card title="Inboxes" wide>
      {inboxes.length === 0 ? (
        <EmptyState title="No inbox sends.">
          <p>Add one where the app keeps its inboxes: it is shown here with its warm-up.</p>
        </EmptyState>
      ) : (
        <Table
          caption="Inboxes"
          columns={[
            { label: "Inbox", names: true, cell: ({ inbox }) => <Name inbox={inbox} /> },
            {
              label: "Today",
              cell: ({ inbox }) => <Gauge label={inbox.date} used={inbox.used} of={inbox.limit} unit="mails" />,
            },
            { label: "Warm-up", cell: ({ inbox }) => <WarmUp inbox={inbox} /> },
            { label: "State", cell: ({ inbox }) => <State inbox={inbox} isPaused={isPaused} isStuck={isStuck} /> },
            {
              label: "Hold",
              cell: ({ inbox, at }) =>
                inbox.paused === undefined && <PauseForm of={inboxHeld(inbox, at)} refusal={refusal} />,
            },
          ]}
          rows={inboxes.map((inbox, at) => ({ inbox, at }))}
        />
      )}
    </Card>
  );
}

function Name({ inbox }: { inbox: InboxRow }): View {
  return (
    <div>
      <bdi>{inbox.address}</bdi> {inbox.id !== inbox.address && <Code>{inbox.id}</Code>}
    </div>
  );
}

/** The curve from its first day on, with a point for today. */
function WarmUp({ inbox: { curve, warmupDay } }: { inbox: InboxRow }): View {
  const last = curve.at(-1);
  if (last === undefined) return <span class="quiet">none: whole limit</span>;
  const today = warmupDay === undefined ? undefined : Math.min(Math.max(warmupDay, 1), curve.length) - 1;
  const words = `From ${curve[0]} to ${last} mails a day within ${curve.length} days`;
  return (
    <div>
      <Spark values={curve} at={today} label={today === undefined ? words : `${words}; today is day ${warmupDay}`} />
      <div class="quiet">
        {warmupDay === undefined ? "" : `day ${warmupDay}, `}up to {last} a day
      </div>
    </div>
  );
}

function State(props: { inbox: InboxRow; isPaused: boolean; isStuck: boolean }): View {
  const { paused, held, canSend } = props.inbox;
  if (paused !== undefined) return <Badge tone="bad">paused</Badge>;
  if (held) return <Badge tone="bad">held</Badge>;
  if (props.isPaused) return <Badge tone="bad">waits: all sending is paused</Badge>;
  if (props.isStuck) return <Badge tone="warn">waits: no way out</Badge>;
  return canSend ? <Badge tone="good">may send</Badge> : <Badge tone="warn">waits for its limit</Badge>;
}
