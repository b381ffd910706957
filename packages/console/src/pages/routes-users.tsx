/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The routes of users: the list, one user, and every form on their page. */

import { type Context, Hono } from "hono";
import { AdminError } from "../admin/admin-error.ts";
import type { AuditAction } from "../admin/audit-admin.ts";
import type { UsersQuery } from "../admin/users-admin.ts";
import { missingPage } from "./error.tsx";
import { attempt, instantTyped, type Refusal, type Typed, typedIn, unitsTyped, versionTyped } from "./form-values.ts";
import { holdEnd } from "./hold-form.tsx";
import { done, type PageHead, type PagesEnv, show } from "./show.tsx";
import { UserView } from "./user.tsx";
import { UsersView, userFilters, userPath } from "./users.tsx";

type Asked = Context<PagesEnv>;

/** What a form does, and how that is called in the audit log; `form` says where a refusal is shown. */
interface Deed {
  readonly form: string;
  readonly action: AuditAction;
  readonly canUndo?: boolean;
  work(typed: Typed): Promise<void>;
}

export function usersRoutes(): Hono<PagesEnv> {
  return new Hono<PagesEnv>()
    .get("/users", list)
    .get("/users/:id", (c) => one(c, c.req.param("id")))
    .post("/users/:id/:deed", (c) => act(c, c.req.param("id"), deeds(c, c.req.param("id"))[c.req.param("deed")]))
    .post("/users/:id/limits/:limit/:deed", (c) => {
      const { id, limit, deed } = c.req.param();
      return act(c, id, Object.hasOwn(c.var.admin.limits, limit) ? limitDeeds(c, id, limit)[deed] : undefined);
    });
}

async function list(c: Asked): Promise<Response> {
  const { admin } = c.var;
  const asked = (name: string): string | undefined => c.req.query(name)?.trim() || undefined;
  const filter = asked("filter");
  const query = {
    search: asked("search"),
    plan: asked("plan"),
    filter: filter !== undefined && Object.hasOwn(userFilters, filter) ? (filter as UsersQuery["filter"]) : undefined,
    after: asked("after"),
  };
  const [page, plans] = await Promise.all([admin.users.list({ ...query, limit: 50 }), admin.plans.list()]);
  return show(c, { title: "Users", here: "/users" }, <UsersView page={page} query={query} plans={plans} />);
}

async function one(c: Asked, id: string, refusal?: Refusal): Promise<Response> {
  const { admin } = c.var;
  const user = await admin.users.read(id);
  const [plans, quota, denials, feeds] = await Promise.all([
    admin.plans.list(),
    admin.quota.read(id, user.limits),
    admin.decisions.denialsOf(id),
    admin.feeds?.feedsOf(id),
  ]);
  const { cannotReset } = admin.quota;
  const data = { user, plans, quota, denials, feeds, cannotReset, refusal, limits: admin.limits };
  const head: PageHead = { title: user.name, here: "/users", status: refusal?.error.status ?? 200 };
  return show(c, head, <UserView {...data} />);
}

async function act(c: Asked, id: string, deed: Deed | undefined): Promise<Response> {
  if (deed === undefined) return missingPage(c);
  const typed = await typedIn(c);
  const refusal = await attempt(deed.form, typed, () => deed.work(typed));
  if (refusal !== undefined) return one(c, id, refusal);
  return done(c, userPath(id), deed.action, deed.canUndo ? id : undefined);
}

function deeds(c: Asked, id: string): Readonly<Partial<Record<string, Deed>>> {
  const { admin, administrator, frame } = c.var;
  const { who } = administrator;
  return own({
    plan: {
      form: "plan",
      action: "user.plan",
      canUndo: true,
      work: async ({ plan = "", was = "" }) => {
        await admin.users.setPlan(id, plan, was, who);
        if (plan === was) throw new AdminError("invalid", "This user is on that plan already.", { field: "plan" });
      },
    },
    block: {
      form: "block",
      action: "user.block",
      canUndo: true,
      work: async (typed) => admin.users.block(id, holdEnd(typed, frame.nowMs), typed["note"] ?? "", who),
    },
    unblock: { form: "block", action: "user.unblock", canUndo: true, work: () => admin.users.unblock(id, who) },
    forget: { form: "forget", action: "user.forget", work: () => admin.users.forget(id, who) },
  });
}

/** Of one limit of a user's. */
function limitDeeds(c: Asked, id: string, limit: string): Readonly<Partial<Record<string, Deed>>> {
  const { admin, administrator } = c.var;
  const { who } = administrator;
  return own({
    grant: {
      form: `override.${limit}`,
      action: "override.set",
      canUndo: true,
      work: async (typed) => {
        const units = unitsTyped(typed, "units");
        const expiresAtMs = instantTyped(typed, "expiresAtMs");
        const draft = { units, note: typed["note"] ?? "", expiresAtMs };
        await admin.users.setOverride(id, limit, draft, versionTyped(typed), who);
      },
    },
    remove: {
      form: `kept.${limit}`,
      action: "override.remove",
      canUndo: true,
      work: async (typed) => admin.users.removeOverride(id, limit, versionTyped(typed), who),
    },
    review: {
      form: `kept.${limit}`,
      action: "override.review",
      work: async (typed) => admin.users.reviewOverride(id, limit, versionTyped(typed), who),
    },
    reset: { form: `reset.${limit}`, action: "quota.reset", work: () => admin.quota.reset(id, limit, who) },
  });
}

/** Without what every object inherits: what is looked up in it is a part of an address. */
function own(some: Record<string, Deed>): Readonly<Partial<Record<string, Deed>>> {
  return Object.assign(Object.create(null), some) as Record<string, Deed>;
}
