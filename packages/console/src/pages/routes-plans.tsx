/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The routes of plans: list, create, edit, ask what an edit would have denied, delete. */

import { type Context, Hono } from "hono";
import { attempt, type Refusal, typedIn, versionTyped } from "./form-values.ts";
import { PlansView, planPath } from "./plans.tsx";
import { PlanView, type Preview } from "./plans-editor.tsx";
import { limitsTyped, planTyped } from "./plans-form.ts";
import { done, type PagesEnv, show } from "./show.tsx";

type Asked = Context<PagesEnv>;

export function plansRoutes(): Hono<PagesEnv> {
  return new Hono<PagesEnv>()
    .get("/plans", (c) => list(c))
    .post("/plans", async (c) => {
      const { admin, administrator } = c.var;
      const typed = await typedIn(c);
      const id = (typed["id"] ?? "").trim();
      const refusal = await attempt("create", typed, () =>
        admin.plans.create(id, planTyped(typed, admin.limits), administrator.who),
      );
      return refusal === undefined ? done(c, planPath(id), "plan.create") : list(c, refusal);
    })
    .get("/plans/:id", (c) => one(c, c.req.param("id")))
    .post("/plans/:id", async (c) => {
      const { admin, administrator } = c.var;
      const id = c.req.param("id");
      const typed = await typedIn(c);
      if (typed["do"] === "preview") {
        let preview: Preview | undefined;
        const refusal = await attempt("plan", typed, async () => {
          const limits = limitsTyped(typed, admin.limits);
          preview = { typed, limits, estimates: await admin.plans.whatIf(id, limits) };
        });
        return one(c, id, refusal, preview);
      }
      let isSame = false;
      const refusal = await attempt("plan", typed, async () => {
        const version = versionTyped(typed);
        const plan = await admin.plans.update(id, planTyped(typed, admin.limits), version, administrator.who);
        isSame = plan.version === version;
      });
      if (refusal !== undefined) return one(c, id, refusal);
      return isSame ? done(c, planPath(id), "plan.same") : done(c, planPath(id), "plan.update", id);
    })
    .post("/plans/:id/remove", async (c) => {
      const id = c.req.param("id");
      const typed = await typedIn(c);
      const refusal = await attempt("remove", typed, () =>
        c.var.admin.plans.remove(id, versionTyped(typed), c.var.administrator.who),
      );
      return refusal === undefined ? done(c, "/plans", "plan.remove", id) : one(c, id, refusal);
    });
}

async function list(c: Asked, refusal?: Refusal): Promise<Response> {
  const { admin } = c.var;
  const plans = await admin.plans.list();
  const status = refusal?.error.status ?? 200;
  const lead = "What each plan allows. An edit holds everywhere within five seconds; units already spent stay spent.";
  return show(
    c,
    { title: "Plans", here: "/plans", lead, status },
    <PlansView plans={plans} limits={admin.limits} refusal={refusal} />,
  );
}

async function one(c: Asked, id: string, refusal?: Refusal, preview?: Preview): Promise<Response> {
  const { admin } = c.var;
  const plan = await admin.plans.read(id);
  const status = refusal?.error.status ?? 200;
  return show(
    c,
    { title: `Plan ${plan.name}`, here: "/plans", status },
    <PlanView plan={plan} limits={admin.limits} preview={preview} refusal={refusal} />,
  );
}
