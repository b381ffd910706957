/** The API of signed-in users as tRPC procedures: they do what the routes under /api do, and check the same. */

import type { TrpcRefusal } from "@sluice/core/trpc";
import { initTRPC, TRPCError } from "@trpc/server";
import { $ZodError } from "zod/v4/core";
import type { User } from "./accounts.ts";
import { feedExists, noEntry, noFeed, type OwnFeeds } from "./own-feeds.ts";
import { type Mistake, unforeseen } from "./problem.ts";
import { entryInput, entryPageInput, entryPath, feedBody, feedPageInput, feedPath, mistakes } from "./validation.ts";

/** What clients are typed with: `createTRPCClient<FeedsRouter>()`. */
export type FeedsRouter = ReturnType<typeof feedsRouter>;

/** What procedures are given of a request. */
export interface ProcedureContext {
  readonly user: User | undefined;
}

/** What `data` says of an error beside tRPC's own: which fields are wrong, or what a limit said. */
interface ErrorData extends Partial<TrpcRefusal> {
  readonly errors?: readonly Mistake[];
}

const t = initTRPC.context<ProcedureContext>().create({
  // Otherwise errors carry their stack to the client wherever NODE_ENV does not say "production".
  isDev: false,
  errorFormatter({ shape, error }) {
    const data: typeof shape.data & ErrorData = shape.data;
    if (error.cause instanceof $ZodError && error.code === "BAD_REQUEST") {
      return { ...shape, message: "The input is not valid.", data: { ...data, errors: mistakes(error.cause) } };
    }
    return { ...shape, message: error.code === "INTERNAL_SERVER_ERROR" ? unforeseen : shape.message, data };
  },
});

/** Every procedure is made of this one: nobody but signed-in users is served anything here, public feeds included. */
const procedure = t.procedure.use(({ ctx: { user }, next }) => {
  if (user === undefined) throw new TRPCError({ code: "UNAUTHORIZED", message: "Sign in." });
  return next({ ctx: { user } });
});

/** The procedures. Feeds and entries that are not the user's own are not found. */
export function feedsRouter(own: OwnFeeds) {
  return t.router({
    me: procedure.query(({ ctx }) => own.me(ctx.user)),

    feeds: t.router({
      list: procedure.input(feedPageInput).query(({ ctx, input }) => own.feeds(ctx.user, input)),

      get: procedure
        .input(feedPath)
        .query(async ({ ctx, input }) => found(await own.feed(ctx.user, input.slug), noFeed)),

      add: procedure.input(feedBody).mutation(async ({ ctx, input }) => {
        const feed = await own.addFeed(ctx.user, input);
        if (feed === undefined) throw new TRPCError({ code: "CONFLICT", message: feedExists(input.slug) });
        return feed;
      }),
    }),

    entries: t.router({
      list: procedure
        .input(entryPageInput)
        .query(async ({ ctx, input }) => found(await own.entries(ctx.user, input.slug, input), noFeed)),

      get: procedure
        .input(entryPath)
        .query(async ({ ctx, input }) => found(await own.entry(ctx.user, input.slug, input.id), noEntry)),

      add: procedure
        .input(entryInput)
        .mutation(async ({ ctx, input: { slug, ...draft } }) =>
          found(await own.addEntry(ctx.user, slug, draft), noFeed),
        ),
    }),
  });
}

function found<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new TRPCError({ code: "NOT_FOUND", message: otherwise });
  return value;
}
