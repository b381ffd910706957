/** Two days of requests to the API, minute by minute: who asked how often, and what the limits said. */

import { type Chance, daylight } from "./chance.ts";
import { type Ledger, minuteMs, minutes } from "./ledger.ts";
import { blocked, type Habit, habits, raised } from "./members.ts";

/** Requests in a minute that a plan allows; those of the demo's migration. */
const apiLimits = { free: 60, pro: 180, enterprise: 600 } as const;

/** An address that guesses tokens, at these minutes. */
const guesser = { address: "203.0.113.66", minutes: [1_003, 2_611], guesses: 260, admitted: 100 } as const;

export function simulateApi(ledger: Ledger, chance: Chance): void {
  for (let minute = 0; minute < minutes; minute++) {
    const atMs = ledger.startMs + minute * minuteMs;
    const light = daylight(atMs);
    let all = 0;
    for (const habit of habits) {
      const units = asked(habit, minute, light, chance);
      if (units === 0) continue;
      all += units;
      const limit = limitOf(habit.id, habit.plan, atMs, ledger);
      const allowed = Math.min(units, limit);
      const { id: userId, plan } = habit;
      ledger.decide({ minute, limiter: "api", plan, key: `api:${userId}`, userId, allowed, denied: units - allowed });
      ledger.ask(minute, "api", plan, units * 100);
      if (units > allowed) ledger.refuse(userId, atMs + 40_000, "api", limit, units - allowed);
    }
    const strangers = chance.times(0.4 * light);
    ledger.decide({ minute, limiter: "ip", plan: "", key: "", allowed: all + strangers, denied: 0 });
    if (guesser.minutes.some((each) => each === minute)) {
      const [allowed, denied] = [guesser.admitted, guesser.guesses - guesser.admitted];
      ledger.decide({ minute, limiter: "ip", plan: "", key: `ip:${guesser.address}`, allowed, denied });
    }
  }
}

function asked({ perMinute, script }: Habit, minute: number, light: number, chance: Chance): number {
  const byHand = chance.times(perMinute * light);
  if (script === undefined || minute % 60 !== script.minute) return byHand;
  return Math.floor(minute / 60) % script.everyHours === 0 ? byHand + script.units : byHand;
}

/** What held then: a block, an override, or the plan. */
function limitOf(userId: string, plan: Habit["plan"], atMs: number, ledger: Ledger): number {
  if (userId === blocked.userId && atMs >= ledger.endMs - blocked.agoMs) return 0;
  return userId === raised.userId ? raised.api : apiLimits[plan];
}
