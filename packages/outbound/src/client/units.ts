/** The second dimension of a client: taken as an estimate with each request, and set to what it was once that is known. */

import { type Backend, ConfigError, type Decision } from "@sluice/core/engine";
import { all } from "../limits/all.ts";
import type { Booking } from "../limits/booking.ts";
import { checkCost } from "../limits/denied.ts";
import type { Limiter, NamedLimiter } from "../limits/limiter.ts";
import type { Reservation } from "../limits/reservation.ts";
import type { ClientInit } from "./client.ts";
import type { UnitsOptions } from "./client-options.ts";
import type { FetchInput } from "./fetching.ts";

/** So many limiters are kept, one for each estimate: texts differ in length, but not so much. */
const kept = 64;

/** The units of one client. */
export class Units {
  /** The limit itself, one unit for one. */
  readonly limiter: NamedLimiter;
  readonly #backend: Backend;
  readonly #requests: Limiter;
  readonly #options: UnitsOptions;
  readonly #byEstimate = new Map<number, Limiter>();
  /** What the requests of answers have booked. */
  readonly #byAnswer = new WeakMap<Response, Decision>();

  constructor(backend: Backend, requests: Limiter, limiter: NamedLimiter, options: UnitsOptions) {
    this.#backend = backend;
    this.#requests = requests;
    this.limiter = limiter;
    this.#options = options;
  }

  /**
   * What a request takes that is expected to cost so much.
   *
   * @throws ConfigError `SLUICE_COST`.
   */
  limiterOf(input: FetchInput, init: ClientInit, cost: number): Limiter {
    const units = init.units ?? this.#options.estimate(input, init);
    checkCost(units, true);
    if (units === 0) return this.#requests;
    // A unit of the place's cost is so many of these.
    const each = units / cost;
    let limiter = this.#byEstimate.get(each);
    if (limiter === undefined) {
      limiter = all(this.#requests, this.limiter.times(each));
      if (this.#byEstimate.size >= kept) this.#byEstimate.clear();
      this.#byEstimate.set(each, limiter);
    }
    return limiter;
  }

  /** Its request was refused: it cost nothing. */
  async refused(place: Reservation): Promise<void> {
    const booked = this.#bookedBy(place);
    if (booked !== undefined) await this.#settle(booked, 0);
  }

  /** Its request was answered. Reads from the answer what it cost, beside whoever reads the answer. */
  answered(place: Reservation, response: Response): void {
    const booked = this.#bookedBy(place);
    if (booked === undefined) return;
    this.#byAnswer.set(response, booked);
    const { actual } = this.#options;
    if (actual !== undefined) this.#read(actual, response).catch(() => {});
  }

  /** Somebody knows what an answer cost. Once for an answer. */
  async spent(response: Response, units: number): Promise<void> {
    checkCost(units, true);
    const booked = this.#byAnswer.get(response);
    // Whoever is first is heard: backends settle a decision once.
    if (booked !== undefined) await this.#settle(booked, units);
  }

  /** What cannot be read, or is no number, leaves the estimate as it is. */
  async #read(actual: NonNullable<UnitsOptions["actual"]>, response: Response): Promise<void> {
    const units = await actual(response);
    if (units !== undefined) await this.spent(response, units);
  }

  #bookedBy(place: Reservation): Decision | undefined {
    const { decisions } = (place as Booking & Reservation).outcome;
    return decisions.find(({ policy, charged }) => policy.name === this.limiter.name && charged > 0);
  }

  async #settle(decision: Decision, cost: number): Promise<void> {
    await this.#backend.settle?.([{ decision, cost }]);
  }
}

/** @throws ConfigError `SLUICE_OPTION_MISSING`. */
export function noUnits(client: string): never {
  const cure = "Give createClient() units, with a rate and an estimate.";
  throw new ConfigError("SLUICE_OPTION_MISSING", "spent() is for clients with units", client, cure);
}
