/** The mistakes that are planted, to see that the suite notices each of them on every target that limits. */

export type FaultName =
  | "no limiter"
  | "IP after authentication"
  | "feed keyed by reader"
  | "override ignored"
  | "304 at full cost"
  | "X-Forwarded-For trusted unasked"
  | "one procedure unlimited";

/** A mistake, or none: built in the same way, the app has to pass what it fails with each of the others. */
export type Planted = FaultName | "nothing";

/** A change of one source file, as text: what stands there once, and what somebody might have written instead. */
export interface Fault {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const app = "apps/feeds/src/app.ts";

export const faults: Readonly<Record<Planted, Fault>> = {
  nothing: { file: app, find: "const app = new Hono();", put: "const app = new Hono();" },
  "no limiter": {
    file: "packages/core/src/middleware/rate-limit.ts",
    find: "const { raw } = context.req;",
    put: "if (limiters.length > 0) return next(); const { raw } = context.req;",
  },
  "IP after authentication": {
    file: app,
    find: "perAddress, signedIn(db), perUser",
    put: "signedIn(db), perAddress, perUser",
  },
  "feed keyed by reader": {
    file: app,
    find: "owner: ({ context }) => context.var.feed.ownerId",
    put: "owner: (incoming) => JSON.stringify(source(incoming))",
  },
  "override ignored": {
    file: "packages/console/src/plans/make-live-plans.ts",
    find: "return { plan: user.plan, overrides };",
    put: "return { plan: user.plan, overrides: {} };",
  },
  "304 at full cost": {
    file: "packages/core/src/limiters/by-feed-owner.ts",
    find: "const conditionalCost = 0.1;",
    put: "const conditionalCost = 1;",
  },
  "X-Forwarded-For trusted unasked": {
    file: "packages/core/src/limiters/by-ip.ts",
    find: "const found = source(incoming);",
    put: `const told = incoming.request.headers.get("x-forwarded-for")?.split(",").at(-1);
        const found = told === undefined ? source(incoming) : { key: told };`,
  },
  "one procedure unlimited": {
    file: app,
    find: "byUser({ ...ofUser, cost })",
    put: 'byUser({ ...ofUser, cost, skip: ({ request }) => new URL(request.url).pathname.endsWith("entries.list") })',
  },
};
