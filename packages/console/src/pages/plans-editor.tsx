/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** One plan: its fields, what a change would have denied, and its end. */

import type { PlanRow } from "../admin/plans-admin.ts";
import type { WhatIf } from "../admin/what-if.ts";
import type { PlanLimit, PlanLimits } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import { formState, type Refusal, type Typed } from "./form-values.ts";
import type { View } from "./frame.ts";
import { Card, Code, EmptyState, Facts, Link, Notice, Time } from "./parts.tsx";
import { Button, Form } from "./parts-form.tsx";
import { planPath, usersOn } from "./plans.tsx";
import { PlanFields } from "./plans-fields.tsx";
import { planAsTyped } from "./plans-form.ts";
import { recordedWords, requestsDenied, severalProcesses, whatIfWords } from "./plans-what-if.ts";
import { Refused } from "./units-field.tsx";
import { count, counted, units as unitsWords } from "./words.ts";

/** What some limits would have denied. */
export interface Preview {
  readonly typed: Typed;
  readonly limits: Readonly<Record<string, Units>>;
  readonly estimates: Readonly<Record<string, WhatIf>>;
}

export interface PlanData {
  readonly plan: PlanRow;
  readonly limits: PlanLimits;
  readonly preview?: Preview | undefined;
  readonly refusal?: Refusal | undefined;
}

export function PlanView({ plan, limits, preview, refusal }: PlanData): View {
  const state = formState("plan", { ...planAsTyped(plan), ...preview?.typed }, refusal);
  const path = planPath(plan.id);
  const isStale = state.isRefused && refusal?.error.code === "stale";
  return (
    <div class="stack">
      {isStale ? <Stale plan={plan} limits={limits} typed={refusal.typed} /> : <Refused refusal={refusal} />}
      <Card title="Limits, price and features" wide>
        <Facts
          of={[
            ["Id", <Code>{plan.id}</Code>],
            ["Users on it", <Link to={usersOn(plan.id)}>{count(plan.users)}</Link>],
            ["Last changed", <Time at={plan.updatedAtMs} />],
          ]}
        />
        <Form to={path} preview="preview">
          <input type="hidden" name="version" value={String(plan.version)} />
          <div class="beside">
            <div class="stack">
              <PlanFields state={state} limits={limits} servedBy={plan.servedBy} />
              <div class="actions">
                <Button primary name="do" value="save">
                  Save
                </Button>
                <Button name="do" value="preview">
                  Preview the last 24 h
                </Button>
              </div>
            </div>
            <div id="preview" aria-live="polite">
              {preview ? <Estimates limits={limits} preview={preview} /> : <BeforePreview />}
            </div>
          </div>
        </Form>
      </Card>
      <Card title="Delete this plan" wide>
        {plan.users > 0 ? (
          <p>
            {counted(plan.users, "user is", "users are")} on it.{" "}
            <Link to={usersOn(plan.id)}>Move them to another plan</Link> first; then it can be deleted.
          </p>
        ) : (
          <Form to={`${path}/remove`} confirm={`Delete the plan ${plan.id}? Nobody is on it.`}>
            <input type="hidden" name="version" value={String(plan.version)} />
            <div class="actions">
              <Button danger>Delete plan</Button>
            </div>
          </Form>
        )}
      </Card>
    </div>
  );
}

function BeforePreview(): View {
  return (
    <EmptyState title="What would it have denied?">
      <p>Change a number, or preview these: the last 24 hours are estimated here. Nothing is saved by it.</p>
    </EmptyState>
  );
}

function Estimates({ limits, preview }: { limits: PlanLimits; preview: Preview }): View {
  const rows = Object.entries(preview.limits).flatMap(([name, units]): [string, View][] => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const estimate = preview.estimates[name];
    return [[`${limit.label}: ${unitsWords(units)}`, <Estimate limit={limit} units={units} estimate={estimate} />]];
  });
  return (
    <Notice title="In the last 24 hours this would have denied, by limit:">
      <Facts of={rows} />
      <p class="quiet">{severalProcesses} Nothing is saved yet.</p>
    </Notice>
  );
}

function Estimate(props: { limit: PlanLimit; units: Units; estimate: WhatIf | undefined }): View {
  const { limit, units, estimate } = props;
  if (estimate === undefined) return <span>not known: only limits per minute can be estimated.</span>;
  return (
    <>
      {whatIfWords(limit, units, estimate)}. Really denied then: {requestsDenied(estimate)}.
      <span class="quiet"> {recordedWords(estimate)}</span>
    </>
  );
}

/** Two administrators at once: the second sees what the first has made of it, beside what he typed himself. */
function Stale({ plan, limits, typed }: { plan: PlanRow; limits: PlanLimits; typed: Typed }): View {
  const now = planAsTyped(plan);
  const fields = [
    ["Name", "name"],
    ...Object.entries(limits).map(([name, { label }]) => [label, `limits.${name}`] as const),
    ["Price", "priceCents"],
    ["Features", "features"],
  ] as const;
  const shown = (values: Typed, field: string): string =>
    values[`${field}.unlimited`] === undefined ? values[field] || "nothing" : "unlimited";
  const differing = fields.filter(([, field]) => shown(now, field) !== shown(typed, field));
  return (
    <Notice tone="bad" title="Somebody else has changed this plan meanwhile.">
      <p>
        Nothing of yours is saved. The form has what you typed: saving it now replaces what was saved{" "}
        <Time at={plan.updatedAtMs} />.
      </p>
      <Facts
        of={differing.map(
          ([label, field]) => [label, `now ${shown(now, field)}; you typed ${shown(typed, field)}`] as const,
        )}
      />
    </Notice>
  );
}
