/** The typed client: what it sends is checked by the compiler, what comes back has the types of the contracts. */

import { hc, type InferRequestType, type InferResponseType } from "hono/client";
import { describe, expect, expectTypeOf, test } from "vitest";
import type * as z from "zod/mini";
import { testConsole } from "../../test/whole-console.ts";
import type { AuditRow } from "../admin/audit-admin.ts";
import type { DeniedKey, LiveCounts, SeriesPoint, UserDenial } from "../admin/decisions-admin.ts";
import type { FeedAccessRow, FeedReads, TopReader } from "../admin/feeds-admin.ts";
import type { OutboundView } from "../admin/outbound-admin.ts";
import type { Page } from "../admin/page.ts";
import type { PlanRow } from "../admin/plans-admin.ts";
import type { QuotaRow } from "../admin/quota-admin.ts";
import type { BackendStanding } from "../admin/standing.ts";
import type { UserDetail, UserRow } from "../admin/users-admin.ts";
import type { WhatIf } from "../admin/what-if.ts";
import type { AdminApi } from "./admin-api.ts";
import type { auditPage } from "./audit-schemas.ts";
import type * as decisions from "./decisions-schemas.ts";
import type * as feeds from "./feeds-schemas.ts";
import type { outboundView } from "./outbound-schemas.ts";
import type * as plans from "./plans-schemas.ts";
import type { Problem } from "./problems.ts";
import type * as users from "./users-schemas.ts";

/** The same with every list and field as JSON has it: readonly says nothing of what is sent. */
type Sent<T> = T extends readonly (infer Item)[]
  ? Sent<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Sent<T[Key]> }
    : T;

type Told<S extends z.ZodMiniType> = Sent<z.infer<S>>;

describe("the client", () => {
  test("asks and changes with types, over the real API", async () => {
    const it = await testConsole();
    const client = hc<AdminApi>("http://localhost/admin/api", {
      headers: { ...(await it.login()) },
      fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise.resolve(it.app.request(String(input), init)),
    });
    const listed = await client.plans.$get();
    if (listed.status !== 200) throw new Error("refused");
    const [free] = await listed.json();
    expectTypeOf(free?.version).toEqualTypeOf<number | undefined>();
    expect(free?.id).toBe("free");

    const param = { id: "u1" };
    const answer = await client.users[":id"].plan.$put({ param, json: { plan: "pro", was: "free" } });
    expect(answer.status).toBe(204);
    const again = await client.users[":id"].plan.$put({ param, json: { plan: "pro", was: "free" } });
    if (again.status !== 409) throw new Error("not refused");
    const problem = await again.json();
    expectTypeOf(problem).toEqualTypeOf<Problem>();
    expect(problem.code).toBe("stale");
    const page = await client.users.$get({ query: { limit: "1", filter: undefined } });
    expect(page.ok && (await page.json()).items).toHaveLength(1);
    it.close();
  });

  test("knows what may be sent", () => {
    type Client = ReturnType<typeof hc<AdminApi>>;
    type Override = InferRequestType<Client["users"][":id"]["overrides"][":limit"]["$put"]>;
    expectTypeOf<Override["json"]["units"]>().toEqualTypeOf<number | "unlimited">();
    expectTypeOf<Override["param"]>().toEqualTypeOf<{ id: string; limit: string }>();
    expectTypeOf<Override["json"]>().not.toHaveProperty("grantedBy");
    type Live = InferResponseType<Client["live"]["$get"], 200>;
    expectTypeOf<Live["minuteMs"]>().toEqualTypeOf<number>();
    type Users = InferRequestType<Client["users"]["$get"]>["query"];
    expectTypeOf<NonNullable<Users["filter"]>>().toEqualTypeOf<"override" | "expiring" | "unreviewed" | "blocked">();
  });
});

test("the schemas of answers are the contracts of Admin, field for field", () => {
  expectTypeOf<Told<typeof plans.planRow>>().toEqualTypeOf<Sent<PlanRow>>();
  expectTypeOf<Told<typeof plans.whatIfs>>().toEqualTypeOf<Record<string, Sent<WhatIf>>>();
  expectTypeOf<Told<typeof users.userPage>>().toEqualTypeOf<Sent<Page<UserRow>>>();
  expectTypeOf<Told<typeof users.userDetail>>().toEqualTypeOf<Sent<UserDetail>>();
  expectTypeOf<Told<typeof users.quotaRows>>().toEqualTypeOf<Sent<QuotaRow[]>>();
  expectTypeOf<Told<typeof users.denials>>().toEqualTypeOf<Sent<UserDenial[]>>();
  expectTypeOf<Told<typeof decisions.series>>().toEqualTypeOf<Sent<SeriesPoint[]>>();
  expectTypeOf<Told<typeof decisions.live>>().toEqualTypeOf<Sent<LiveCounts>>();
  expectTypeOf<Told<typeof decisions.deniedKeys>>().toEqualTypeOf<Sent<DeniedKey[]>>();
  expectTypeOf<Told<typeof decisions.standings>>().toEqualTypeOf<Sent<BackendStanding[]>>();
  expectTypeOf<Told<typeof feeds.accessPage>>().toEqualTypeOf<Sent<Page<FeedAccessRow>>>();
  expectTypeOf<Told<typeof feeds.topReaders>>().toEqualTypeOf<Sent<TopReader[]>>();
  expectTypeOf<Told<typeof feeds.feedReads>>().toEqualTypeOf<Sent<FeedReads[]>>();
  expectTypeOf<Told<typeof outboundView>>().toEqualTypeOf<Sent<OutboundView>>();
  expectTypeOf<Told<typeof auditPage>>().toEqualTypeOf<Sent<Page<AuditRow>>>();
});
