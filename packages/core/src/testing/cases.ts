/** Every conformance case, subject by subject. */

import type { Case } from "./case.ts";
import { allOrNothing } from "./cases/all-or-nothing.ts";
import { answers } from "./cases/answers.ts";
import { block } from "./cases/block.ts";
import { blockMeets } from "./cases/block-meets.ts";
import { bounds } from "./cases/bounds.ts";
import { calendarDays } from "./cases/calendar-days.ts";
import { clockSteps } from "./cases/clock-steps.ts";
import { concurrency } from "./cases/concurrency.ts";
import { delay } from "./cases/delay.ts";
import { keys } from "./cases/keys.ts";
import { lease } from "./cases/lease.ts";
import { leaseNames } from "./cases/lease-names.ts";
import { modes } from "./cases/modes.ts";
import { planChange } from "./cases/plan-change.ts";
import { retryAfter } from "./cases/retry-after.ts";
import { settle } from "./cases/settle.ts";

/** The contract as data; {@link conformance} runs it. */
export const cases: readonly Case[] = [
  ...bounds,
  ...allOrNothing,
  ...concurrency,
  ...retryAfter,
  ...modes,
  ...settle,
  ...delay,
  ...planChange,
  ...keys,
  ...clockSteps,
  ...calendarDays,
  ...answers,
  ...block,
  ...blockMeets,
  ...lease,
  ...leaseNames,
];
