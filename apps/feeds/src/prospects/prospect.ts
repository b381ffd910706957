/** A prospect as the steps see it, and which step comes next: the row alone says so. */

import type { EmailState } from "../schema.ts";

export interface Prospect {
  readonly id: string;
  readonly name: string;
  readonly site: string | null;
  readonly email: string | null;
  readonly emailState: EmailState;
  readonly failures: number;
  readonly recordedAtMs: number | null;
}

export const steps = ["site", "address", "verdict", "record"] as const;
export type Step = (typeof steps)[number];

/** What a step has found, as columns of the row. */
export type Finding = Partial<Pick<Prospect, "site" | "email" | "emailState" | "recordedAtMs">>;

/** What comes next; undefined when nothing does. */
export function nextStep({ site, email, emailState, recordedAtMs }: Prospect): Step | undefined {
  if (emailState !== "pending") return recordedAtMs === null ? "record" : undefined;
  if (email !== null) return "verdict";
  return site === null ? "site" : "address";
}
