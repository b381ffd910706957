/** Stands in for the console and for what the product hands to it, where the product is weighed without: the same names, doing nothing. */

import { Hono } from "hono";

const nothing = (): undefined => undefined;

// Of @sluice/console.
export const feedOwnerLimit = nothing;
export const insertOutbound = nothing;
export const livePlans = () => ({ limit: () => () => "unlimited", planOf: nothing });
export const metricsRoute = () => nothing;
export const outboundDeltas = nothing;
export const recorder = () => ({ flush: nothing });
export const upkeep = nothing;
export const userLimit = nothing;

// Of apps/feeds: what is there for the console alone.
export const appStandings = nothing;
export const consoles = () => ({ admin: new Hono(), usage: new Hono() });
export const loginBackend = () => ({});
export const outboundParts = nothing;
export const recordedCalls = nothing;
export const seedHistory = nothing;
export const seedMails = nothing;
