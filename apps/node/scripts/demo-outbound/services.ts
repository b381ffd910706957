/** The four services on loopback: they count, turn away now and then, fail, go down for an hour, and ban who offends. */

import type { LocalTime } from "@sluice/outbound";
import { startUpstream, type Upstream, type UpstreamRequest } from "@sluice/test-services/upstream";
import { answerOf, type Knowledge, knowledge } from "./answers.ts";
import type { Ledger, Offences } from "./ledger.ts";
import { ban, failing, failingService, outage, services } from "./offer.ts";
import { type ServiceName, serviceNames } from "./world.ts";

export interface Services {
  readonly urls: Readonly<Record<ServiceName, string>>;
  offences(): readonly Offences[];
  stop(): Promise<void>;
}

export interface ServicesOptions {
  readonly ledger: Ledger;
  readonly time: LocalTime;
  readonly prospects: number;
}

/** Starts all of them; they remember the last window of the run before. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const known = knowledge(options.prospects);
  const started = new Map<ServiceName, Upstream>();
  for (const name of serviceNames) started.set(name, await startService(name, known, options));
  return {
    urls: Object.fromEntries([...started].map(([name, { url }]) => [name, url])) as Record<ServiceName, string>,
    offences: () =>
      [...started].map(([service, upstream]) => {
        const { refused, banned, bans } = upstream.counts();
        return { service, refused, banned, bans };
      }),
    async stop() {
      await Promise.all([...started.values()].map((upstream) => upstream.stop()));
    },
  };
}

async function startService(service: ServiceName, known: Knowledge, options: ServicesOptions): Promise<Upstream> {
  const { ledger, time, prospects } = options;
  const { limit, windowMs, latencyMs, throttles } = services[service];
  const down = outage(prospects);

  /** What it answers, decided once and written down before anybody hears of it. */
  const answered = (request: UpstreamRequest) => {
    const { subject, ...answer } = answerOf(service, request, known);
    const nth = ledger.count(service) + 1;
    const { atMs } = request;
    const isDown = service === failingService && atMs >= down.fromMs && atMs < down.untilMs;
    const told = isDown
      ? { status: 503, body: "" }
      : isTurn(service, nth, failing.throttlesEvery)
        ? { status: throttles, headers: { "retry-after": String(failing.retryAfterS) }, body: "" }
        : isTurn(`${service} fails`, nth, failing.every)
          ? { status: 503, body: "" }
          : answer;
    ledger.write({ service, atMs, subject, status: told.status });
    return told;
  };

  const upstream = await startUpstream({
    limits: [{ limit, windowMs, shape: "sliding" }],
    ban,
    latencyMs,
    time,
    answer: answered,
  });
  // Taken by the run before, a little later than it was: never more may fit than did.
  const taken = ledger.calls().filter((call) => call.service === service && call.atMs > time.now() - windowMs).length;
  if (taken > 0) upstream.foreign(taken);
  return upstream;
}

/** One request in so many, by its number alone: in the same places in every run. */
function isTurn(salt: string, nth: number, every: number): boolean {
  let hash = 2_166_136_261;
  for (const unit of `${salt} ${nth}`) hash = Math.imul(hash ^ unit.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % every === 0;
}
