/** The limits under which the product does things by itself, in the backend of all processes: for its jobs, and for whoever looks at them. */

import type { Backend } from "@sluice/core";
import {
  type LocalTime,
  type Metrics,
  type NamedLimiter,
  type SendQuota,
  sendQuota,
  systemTime,
} from "@sluice/outbound";
import { type ProspectApis, prospectApis } from "../prospects/prospect-apis.ts";
import type { ProspectServices } from "../setting-prospects.ts";
import { enrichmentLimit } from "./enrich.ts";

/** Mails from one inbox on its local day, however warm it is. */
export const mailsPerInbox = 20;

export interface OutboundLimitsOptions {
  /** One that keeps counts when the process ends. */
  readonly backend: Backend;
  readonly prospects?: ProspectServices | undefined;
  readonly metrics?: Metrics | undefined;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
}

export interface OutboundLimits {
  /** Of mail. */
  readonly quota: SendQuota;
  /** Of articles that are read. */
  readonly enrich: NamedLimiter;
  /** Of what prospects are looked up with; undefined where they are not. */
  readonly apis: ProspectApis | undefined;
}

/** Makes them; nothing happens before the first is asked. What is paused in one process holds in all on the backend. */
export function outboundLimits(options: OutboundLimitsOptions): OutboundLimits {
  const { backend, prospects: services, metrics, time = systemTime } = options;
  const shared = { time, metrics };
  return {
    quota: sendQuota({ backend, perInbox: mailsPerInbox, ...shared }),
    enrich: enrichmentLimit(backend, shared),
    apis: services && prospectApis({ services, backend, ...shared }),
  };
}
