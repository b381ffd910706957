/** An API in virtual time, as limits of the world behave: sliding or fixed windows, penalties, bans, and somebody else who calls. */

import type { LocalTime } from "../src/time/local-time.ts";

export interface VirtualUpstreamOptions {
  readonly limit: number;
  readonly windowMs: number;
  readonly shape?: "sliding" | "fixed";
  /** From a request until its answer, half of it on the way there. */
  readonly latencyMs?: number;
  /** Every refused request makes it refuse for so long. */
  readonly penaltyMs?: number;
  /** What Retry-After says; without it the true wait in whole seconds, rounded up. */
  readonly says?: (trueMs: number) => number | undefined;
  /** Bans for an hour after so many refusals within a minute. */
  readonly banAfter?: number;
}

export interface VirtualAnswer {
  readonly ok: boolean;
  /** What Retry-After says, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

export class VirtualUpstream {
  accepted = 0;
  refused = 0;
  bans = 0;
  readonly refusedAt: number[] = [];
  #options: VirtualUpstreamOptions;
  readonly #time: LocalTime;
  #stamps: number[] = [];
  #blockedUntil = 0;
  #bannedUntil = 0;

  constructor(options: VirtualUpstreamOptions, time: LocalTime) {
    this.#options = options;
    this.#time = time;
  }

  change(options: Partial<VirtualUpstreamOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  async ask(): Promise<VirtualAnswer> {
    const { latencyMs = 20 } = this.#options;
    await this.#time.sleep(latencyMs / 2);
    const answer = this.#decide();
    await this.#time.sleep(latencyMs / 2);
    return answer;
  }

  /** Somebody else's request. */
  foreign(): boolean {
    const now = this.#time.now();
    if (now < this.#blockedUntil || this.#waitMs(now) > 0) return false;
    this.#stamps.push(now);
    return true;
  }

  #decide(): VirtualAnswer {
    const now = this.#time.now();
    const { penaltyMs = 0, banAfter, says = (ms: number) => Math.ceil(ms / 1_000) * 1_000 } = this.#options;
    const waitMs = Math.max(this.#waitMs(now), this.#blockedUntil - now, this.#bannedUntil - now);
    if (waitMs <= 0) {
      this.#stamps.push(now);
      this.accepted++;
      return { ok: true };
    }
    this.refused++;
    this.refusedAt.push(now);
    if (penaltyMs > 0) this.#blockedUntil = now + penaltyMs;
    if (banAfter !== undefined && this.refusedAt.filter((at) => at > now - 60_000).length >= banAfter) {
      if (now >= this.#bannedUntil) this.bans++;
      this.#bannedUntil = now + 3_600_000;
    }
    return { ok: false, retryAfterMs: says(Math.max(waitMs, penaltyMs)) };
  }

  #waitMs(now: number): number {
    const { limit, windowMs, shape = "sliding" } = this.#options;
    const fromMs = shape === "fixed" ? now - (now % windowMs) - 1 : now - windowMs;
    this.#stamps = this.#stamps.filter((at) => at > fromMs);
    if (this.#stamps.length < limit) return 0;
    if (shape === "fixed") return windowMs - (now % windowMs);
    return (this.#stamps[this.#stamps.length - limit] as number) + windowMs - now;
  }
}
