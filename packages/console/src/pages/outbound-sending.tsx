/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Mail against the hour's and the day's limit, what keeps it from going out, and when it went. */

import type { SendingView } from "../admin/outbound-admin.ts";
import type { Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { sendingHeld } from "./outbound-held.tsx";
import { PauseForm } from "./outbound-hold.tsx";
import { Card, Gauge, Notice } from "./parts.tsx";
import { Spark } from "./parts-chart.tsx";
import { counted, wholeAgain } from "./words.ts";

export function Sending({ sending, refusal }: { sending: SendingView; refusal: Refusal | undefined }): View {
  const { hour, day, paused, waits } = sending;
  return (
    <Card title="Mail">
      {waits && <MailWaits because={waits} />}
      <Gauge label="This hour" used={hour.used} of={hour.limit} unit="mails" more={again(hour)} />
      <Gauge label="Today" used={day.used} of={day.limit} unit="mails" more={again(day)} />
      <Taken byHour={sending.takenByHour} />
      {paused === undefined && <PauseForm of={sendingHeld} refusal={refusal} />}
    </Card>
  );
}

/** What no limit would tell: the overview says it, too. */
export function MailWaits({ because }: { because: string }): View {
  return (
    <Notice tone="warn" title="Mail waits.">
      {because}
    </Notice>
  );
}

function Taken({ byHour }: { byHour: SendingView["takenByHour"] }): View {
  const all = byHour.reduce((sum, { taken }) => sum + taken, 0);
  if (all === 0) return <p class="quiet">No mail in 24 hours.</p>;
  const words = `${counted(all, "mail")} in 24 hours, by hour`;
  return (
    <div>
      <Spark values={byHour.map(({ taken }) => taken)} label={words} />
      <p class="quiet">{words}</p>
    </div>
  );
}

/** Of a limit of which nothing is used there is nothing to say: a day's ends all the same. */
export function again({ used, resetAfterMs }: SendingView["hour"]): string | undefined {
  return used > 0 && resetAfterMs > 0 ? `Whole again ${wholeAgain(resetAfterMs)}` : undefined;
}
