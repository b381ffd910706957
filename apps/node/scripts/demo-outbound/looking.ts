/** Gathers what is shown of a moment, and writes down what a run after this one has to know of it. */

import type { Client, LocalTime } from "@sluice/outbound";
import type { Smtp } from "../demo/smtp.ts";
import type { Ledger } from "./ledger.ts";
import { addressees, latestEndMs } from "./offer.ts";
import { mailed, standings, unrecorded } from "./outreach.ts";
import type { Product } from "./product.ts";
import type { Records } from "./records.ts";
import type { Services } from "./services.ts";
import type { View } from "./view.ts";
import { type ServiceName, serviceNames } from "./world.ts";

export interface LookingOptions {
  readonly records: Records;
  readonly ledger: Ledger;
  readonly services: Services;
  readonly smtp: Smtp;
  readonly product: Product;
  readonly time: LocalTime;
  readonly speed: number;
  readonly prospects: number;
}

/** The function that looks. */
export function looking(options: LookingOptions): () => Promise<View & { readonly isOver: boolean }> {
  const { records, ledger, services, smtp, product, time, speed, prospects: expected } = options;
  const { db, apis, metrics } = product;
  const { duckDuckGo, grok, millionVerifier, supabase, enrichment } = apis.clients;
  const clients: Readonly<Record<ServiceName, Client | undefined>> = {
    search: duckDuckGo,
    grok,
    millionVerifier,
    supabase,
  };
  const wanted = addressees(expected).length;

  return async () => {
    records.keepInstant(time.now());
    ledger.keepOffences(services.offences());
    const usage = await product.usage();
    for (const { id, date, used, limit } of usage.inboxes) records.count({ inbox: id, date, used, limit });
    const seen = Object.values(metrics.snapshot().apis);
    const sum = (of: "throttled" | "retries" | "breakerChanges"): number => seen.reduce((all, one) => all + one[of], 0);
    records.keepSeen({
      throttled: sum("throttled"),
      retries: sum("retries"),
      breakerChanges: sum("breakerChanges"),
    });

    const standing = await Promise.all(
      serviceNames.map(async (service) => {
        const state = await clients[service]?.state();
        return state && { service, state, calls: ledger.count(service) };
      }),
    );
    const mails = await mailed(db);
    const prospects = await standings(db);
    const [limit] = await enrichment.peek();
    const isListed = Object.values(prospects).reduce((all, count) => all + count, 0) === expected;
    const isDone =
      isListed && prospects.pending === 0 && (await unrecorded(db)) === 0 && mails.sent + mails.failed === wanted;
    return {
      nowMs: time.now(),
      speed,
      apis: standing.filter((one) => one !== undefined),
      enrichment: limit,
      usage,
      expected,
      prospects,
      mails: { expected: wanted, written: mails.written, sent: mails.sent },
      accepted: smtp.accepted().length,
      heldUntilMs: await product.heldUntilMs(),
      isOver: isDone || time.now() > latestEndMs(expected),
    };
  };
}
