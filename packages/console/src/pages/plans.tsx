/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The plans as a table, and a form for a new one. */

import type { PlanRow } from "../admin/plans-admin.ts";
import type { PlanLimit, PlanLimits } from "../plans/limits.ts";
import { formState, type Refusal } from "./form-values.ts";
import { type View, withQuery } from "./frame.ts";
import { Badge, Card, Code, EmptyState, Link } from "./parts.tsx";
import { Button, Field, Form } from "./parts-form.tsx";
import { type Column, Table } from "./parts-table.tsx";
import { PlanFields } from "./plans-fields.tsx";
import { priceWords, servedWords } from "./plans-form.ts";
import { Refused } from "./units-field.tsx";
import { count, units as unitsWords } from "./words.ts";

export interface PlansData {
  readonly plans: readonly PlanRow[];
  readonly limits: PlanLimits;
  /** Of the form for a new plan. */
  readonly refusal?: Refusal | undefined;
}

export function PlansView({ plans, limits, refusal }: PlansData): View {
  const state = formState("create", {}, refusal);
  return (
    <div class="stack">
      <Refused refusal={refusal} />
      <Card title="On sale" wide>
        {plans.length === 0 ? (
          <EmptyState title="No plan is in the database yet.">
            <p>The numbers in the app’s own code hold until there is one. Create the first below.</p>
          </EmptyState>
        ) : (
          <Table caption="Plans" columns={columns(limits)} rows={plans} />
        )}
      </Card>
      <Card title="New plan" wide>
        <details open={state.isRefused || plans.length === 0}>
          <summary>Create a plan</summary>
          <Form to="/plans">
            <Field
              {...state.at("id")}
              label="Id"
              hint="Users’ rows name the plan by it: lower case letters, digits and hyphens. It stays as it is."
              required
              maxlength={40}
              autocomplete="off"
            />
            <PlanFields state={state} limits={limits} />
            <div class="actions">
              <Button primary>Create plan</Button>
            </div>
          </Form>
        </details>
      </Card>
    </div>
  );
}

function columns(limits: PlanLimits): readonly Column<PlanRow>[] {
  return [
    {
      label: "Plan",
      names: true,
      cell: ({ id, name }) => (
        <div>
          <Link to={planPath(id)}>
            <bdi>{name}</bdi>
          </Link>{" "}
          <Code>{id}</Code>
        </div>
      ),
    },
    ...Object.entries(limits).map(([name, limit]) => ({
      label: limitWords(limit),
      numeric: true,
      cell: (plan: PlanRow) => <Units plan={plan} limit={name} />,
    })),
    { label: "Price", numeric: true, cell: ({ priceCents }) => (priceCents === 0 ? "free" : priceWords(priceCents)) },
    {
      label: "Features",
      cell: ({ features }) =>
        features.length === 0 ? (
          <span class="quiet">none listed</span>
        ) : (
          <ul class="list-plain">
            {features.map((feature) => (
              <li>
                <bdi>{feature}</bdi>
              </li>
            ))}
          </ul>
        ),
    },
    { label: "Users", numeric: true, cell: ({ id, users }) => <Link to={usersOn(id)}>{count(users)}</Link> },
  ];
}

function Units({ plan, limit }: { plan: PlanRow; limit: string }): View {
  const units = plan.limits[limit];
  const servedBy = plan.servedBy[limit];
  return (
    <div>
      {units === undefined ? "the app’s own" : unitsWords(units)}
      {units === 0 && (
        <>
          {" "}
          <Badge tone="warn">forbidden</Badge>
        </>
      )}
      {servedBy !== undefined && <div class="quiet">{servedWords(servedBy)}</div>}
    </div>
  );
}

/** "API requests" in "requests per minute" are "API requests per minute". */
function limitWords({ label, unit }: PlanLimit): string {
  const last = label.split(" ").at(-1) ?? "";
  return unit.startsWith(`${last} `) ? `${label}${unit.slice(last.length)}` : `${label}, ${unit}`;
}

export function planPath(id: string): string {
  return `/plans/${encodeURIComponent(id)}`;
}

/** The list of a plan's users. */
export function usersOn(plan: string): string {
  return withQuery("/users", { plan });
}
