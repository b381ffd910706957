/** All cases, in the order in which they run; a new file of cases is added here. */

import { address } from "./address.ts";
import { bodies } from "./bodies.ts";
import { bounces } from "./bounces.ts";
import type { Case } from "./case.ts";
import { conditional } from "./conditional.ts";
import { consoles } from "./console.ts";
import { feedOwner } from "./feed-owner.ts";
import { health } from "./health.ts";
import { instances } from "./instances.ts";
import { methods } from "./methods.ts";
import { outages } from "./outage.ts";
import { plans } from "./plans.ts";
import { readers } from "./readers.ts";
import { spoofing } from "./spoofing.ts";
import { trpc } from "./trpc.ts";
import { unknown } from "./unknown.ts";
import { waiting } from "./waiting.ts";

export const cases: readonly Case[] = [
  ...plans,
  ...address,
  ...feedOwner,
  ...conditional,
  ...methods,
  ...unknown,
  ...readers,
  ...bodies,
  ...trpc,
  ...bounces,
  ...health,
  ...waiting,
  ...spoofing,
  ...instances,
  ...consoles,
  ...outages,
];
