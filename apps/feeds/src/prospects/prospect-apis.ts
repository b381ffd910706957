/** What can be asked about a prospect, each question one call: the steps by their names. */

import { findAddress } from "./find-address.ts";
import { findSite } from "./find-site.ts";
import type { Finding, Prospect, Step } from "./prospect.ts";
import { type ProspectClients, type ProspectClientsOptions, prospectClients } from "./prospect-clients.ts";
import { recordProspect } from "./record-prospect.ts";
import { verifyAddress } from "./verify-address.ts";

/**
 * Asks for one step of a prospect. Rejects with StepError; with what the client rejects with where the call had no answer; with
 * the signal's reason.
 */
export type StepCall = (prospect: Prospect, signal: AbortSignal) => Promise<Finding>;

export interface ProspectApis {
  readonly clients: ProspectClients;
  /** `record` is absent where results are written nowhere. */
  readonly steps: Readonly<Record<Exclude<Step, "record">, StepCall>> & { readonly record?: StepCall | undefined };
}

/** Makes them; nothing happens before the first question. */
export function prospectApis(options: ProspectClientsOptions): ProspectApis {
  const clients = prospectClients(options);
  const { services, time } = options;
  const now = (): number => time?.now() ?? Date.now();
  const { supabase } = clients;
  return {
    clients,
    steps: {
      site: (prospect, signal) => findSite(clients.duckDuckGo, prospect, signal),
      address: (prospect, signal) => findAddress(clients.grok, services.grok.model, prospect, signal),
      verdict: (prospect, signal) =>
        verifyAddress(clients.millionVerifier, services.millionVerifier.key, prospect, signal),
      ...(supabase && { record: (prospect, signal) => recordProspect(supabase, prospect, now, signal) }),
    },
  };
}
