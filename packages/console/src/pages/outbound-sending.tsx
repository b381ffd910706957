/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Mail against the hour's and the day's limit. */

import type { SendingView } from "../admin/outbound-admin.ts";
import type { Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { sendingHeld } from "./outbound-held.tsx";
import { PauseForm } from "./outbound-hold.tsx";
import { Card, Gauge } from "./parts.tsx";
import { lasting } from "./words.ts";

export function Sending({ sending, refusal }: { sending: SendingView; refusal: Refusal | undefined }): View {
  const { hour, day, paused } = sending;
  return (
    <Card title="Mail">
      <Gauge label="This hour" used={hour.used} of={hour.limit} unit="mails" more={again(hour.resetAfterMs)} />
      <Gauge label="Today" used={day.used} of={day.limit} unit="mails" more={again(day.resetAfterMs)} />
      {paused === undefined && <PauseForm of={sendingHeld} refusal={refusal} />}
    </Card>
  );
}

function again(resetAfterMs: number): string | undefined {
  return resetAfterMs > 0 ? `Whole again in ${lasting(resetAfterMs)}` : undefined;
}
