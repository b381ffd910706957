/** Writes what became of a prospect where results are collected: a table behind PostgREST, as Supabase has it. */

import type { Client } from "@sluice/outbound";
import { answered } from "./answers.ts";
import type { Finding, Prospect } from "./prospect.ts";

/** Writes the row, or the same row once more. */
export async function recordProspect(
  supabase: Client,
  { id, name, site, email, emailState }: Prospect,
  now: () => number,
  signal: AbortSignal,
): Promise<Finding> {
  const response = await supabase("/rest/v1/prospects?on_conflict=id", {
    method: "POST",
    headers: { "Content-Type": "application/json", Prefer: "resolution=merge-duplicates,return=minimal" },
    body: JSON.stringify({ id, name, site, email, email_state: emailState }),
    signal,
    redirect: "manual",
  });
  await answered("Supabase", response);
  return { recordedAtMs: now() };
}
