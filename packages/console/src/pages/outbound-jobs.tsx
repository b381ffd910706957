/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What waits to be worked through, and who runs which job. */

import type { LeaseRow, QueueRow } from "../admin/outbound-admin.ts";
import type { View } from "./frame.ts";
import { Badge, Card, Time } from "./parts.tsx";
import { Table } from "./parts-table.tsx";
import { count } from "./words.ts";

export function Queues({ queues }: { queues: readonly QueueRow[] }): View {
  return (
    <Card title="Queues">
      <Table
        caption="Queues"
        columns={[
          { label: "Queue", names: true, cell: ({ name }) => <bdi>{name}</bdi> },
          { label: "Waiting", numeric: true, cell: ({ waiting }) => count(waiting) },
          {
            label: "Oldest",
            cell: ({ oldestAtMs }) =>
              oldestAtMs === undefined ? <span class="quiet">none</span> : <Time at={oldestAtMs} />,
          },
        ]}
        rows={queues}
      />
    </Card>
  );
}

export function Jobs({ leases }: { leases: readonly LeaseRow[] }): View {
  return (
    <Card title="Jobs" lead="Each runs in one process at a time, which holds its lease.">
      <Table
        caption="Leases of jobs"
        columns={[
          { label: "Job", names: true, cell: ({ name }) => <bdi>{name}</bdi> },
          { label: "State", cell: ({ isHeld }) => (isHeld ? <Badge tone="good">runs</Badge> : "rests") },
          { label: "By", cell: ({ by }) => (by === undefined ? <span class="quiet">nobody</span> : <bdi>{by}</bdi>) },
          {
            label: "Lease ends",
            cell: ({ endsAtMs }) => (endsAtMs === undefined ? <span class="quiet">–</span> : <Time at={endsAtMs} />),
          },
        ]}
        rows={leases}
      />
    </Card>
  );
}
