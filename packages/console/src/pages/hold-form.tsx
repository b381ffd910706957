/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** For how long something is held, be it a user, an inbox or an API: one of some lengths, until a date, or until somebody ends it. */

import { AdminError } from "../admin/admin-error.ts";
import { type FormState, instantTyped, type Typed } from "./form-values.ts";
import type { View } from "./frame.ts";
import { Choice, Field } from "./parts-form.tsx";

const lengthsMs: Readonly<Record<string, number>> = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000 };

const lengths = [
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["date", "until a date"],
] as const;

/** `canStay`: whether it may hold until somebody ends it. */
export function HoldEnd({ state, canStay }: { state: FormState; canStay: boolean }): View {
  return (
    <div class="fields">
      <Choice
        {...state.at("for")}
        label="For"
        of={canStay ? [["stay", "until somebody resumes"], ...lengths] : lengths}
      />
      <Field {...state.at("untilMs")} label="Date (UTC)" type="datetime-local" hint="Only for “until a date”." />
    </div>
  );
}

/** The instant at which it ends. Throws AdminError `invalid` and the field. */
export function holdEnd(typed: Typed, nowMs: number): number {
  const chosen = typed["for"] ?? "";
  const length = Object.hasOwn(lengthsMs, chosen) ? lengthsMs[chosen] : undefined;
  if (length !== undefined) return nowMs + length;
  const untilMs = chosen === "date" ? instantTyped(typed, "untilMs") : undefined;
  if (untilMs !== undefined) return untilMs;
  if (chosen === "date") throw new AdminError("invalid", "Say until when.", { field: "untilMs" });
  throw new AdminError("invalid", "Choose for how long.", { field: "for" });
}

/** The same, or undefined where somebody will end it. */
export function holdEndOrStay(typed: Typed, nowMs: number): number | undefined {
  return typed["for"] === "stay" ? undefined : holdEnd(typed, nowMs);
}
