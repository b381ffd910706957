/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** One user: plan, limits, what is granted, what is used, who reads their feeds, and what was denied. */

import type { UserDenial } from "../admin/decisions-admin.ts";
import type { FeedReads } from "../admin/feeds-admin.ts";
import type { PlanRow } from "../admin/plans-admin.ts";
import type { QuotaRow } from "../admin/quota-admin.ts";
import type { UserDetail } from "../admin/users-admin.ts";
import type { PlanLimits } from "../plans/limits.ts";
import { feedsPath } from "./feeds-filters.tsx";
import { formState, type Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { Badge, Card, Code, EmptyState, Facts, Grid, Link, Time } from "./parts.tsx";
import { Button, Choice, Form } from "./parts-form.tsx";
import { Table } from "./parts-table.tsx";
import { planPath } from "./plans.tsx";
import { Refused } from "./units-field.tsx";
import { FeedsTable } from "./usage.tsx";
import { BlockCard } from "./user-block.tsx";
import { UserLimit } from "./user-limit.tsx";
import { userPath } from "./users.tsx";
import { count, lasting } from "./words.ts";

export interface UserData {
  readonly user: UserDetail;
  readonly limits: PlanLimits;
  /** To choose from. */
  readonly plans: readonly Pick<PlanRow, "id" | "name">[];
  readonly quota: readonly QuotaRow[];
  /** Why no counter can be reset, if none can. */
  readonly cannotReset: string | undefined;
  readonly denials: readonly UserDenial[];
  /** Absent where the app has no feeds. */
  readonly feeds?: readonly FeedReads[] | undefined;
  readonly refusal?: Refusal | undefined;
}

export function UserView(data: UserData): View {
  const { user, limits, quota, cannotReset, denials, feeds, refusal } = data;
  return (
    <div class="stack">
      <Refused refusal={refusal} />
      <Grid>
        <PlanCard {...data} />
        <BlockCard user={user} refusal={refusal} />
        {Object.entries(limits).map(([name, limit]) => (
          <UserLimit
            user={user}
            name={name}
            limit={limit}
            row={quota.find((row) => row.limit === name)}
            cannotReset={cannotReset}
            refusal={refusal}
          />
        ))}
      </Grid>
      <Card title="Last denials" wide>
        {denials.length === 0 ? (
          <EmptyState title="Nothing was denied to this user lately.">
            <p>The last 20 denials of 30 days would be here.</p>
          </EmptyState>
        ) : (
          <Denials denials={denials} limits={limits} />
        )}
      </Card>
      {feeds && (
        <Card
          title="Their feeds, last 24 hours"
          actions={<Link to={feedsPath({ owner: user.id })}>All reads</Link>}
          wide
        >
          {feeds.length === 0 ? (
            <EmptyState title="None of their feeds was read.">
              <p>Reads of public feeds are counted as soon as there are some.</p>
            </EmptyState>
          ) : (
            <FeedsTable feeds={feeds} />
          )}
        </Card>
      )}
      <Card title="Forget this user" wide>
        <p>
          Removes overrides, blocks and recorded denials: for somebody who has left. The audit log keeps who granted
          what.
        </p>
        <Form
          to={`${userPath(user.id)}/forget`}
          confirm="Forget overrides and denials of this user? This cannot be undone."
        >
          <div class="actions">
            <Button danger>Forget</Button>
          </div>
        </Form>
      </Card>
    </div>
  );
}

function PlanCard({ user, plans, refusal }: UserData): View {
  const state = formState("plan", { plan: user.plan }, refusal);
  const offered = plans.map(({ id, name }) => [id, `${name} (${id})`] as const);
  return (
    <Card title="Plan">
      <Facts
        of={[
          ["User", <Code>{user.id}</Code>],
          [
            "Plan",
            user.isPlanKnown ? <Link to={planPath(user.plan)}>{user.plan}</Link> : <UnknownPlan plan={user.plan} />,
          ],
        ]}
      />
      <Form
        to={`${userPath(user.id)}/plan`}
        confirm="Change the plan of this user? It holds from the next request on; units already spent stay spent."
      >
        <input type="hidden" name="was" value={user.plan} />
        <Choice
          {...state.at("plan")}
          label="Change to"
          of={user.isPlanKnown ? offered : [[user.plan, `${user.plan} (no such plan)`], ...offered]}
        />
        <div class="actions">
          <Button primary>Change plan</Button>
        </div>
      </Form>
    </Card>
  );
}

function UnknownPlan({ plan }: { plan: string }): View {
  return (
    <>
      <bdi>{plan}</bdi> <Badge tone="warn">no such plan: the default one holds</Badge>
    </>
  );
}

function Denials({ denials, limits }: { denials: readonly UserDenial[]; limits: PlanLimits }): View {
  const label = (limiter: string): string =>
    Object.values(limits).find(({ policy }) => policy === limiter)?.label ?? limiter;
  return (
    <Table
      caption="Last denials"
      columns={[
        { label: "When", names: true, cell: ({ atMs }) => <Time at={atMs} /> },
        { label: "Limit", cell: ({ limiter }) => label(limiter) },
        { label: "Was", numeric: true, cell: ({ limitUnits }) => count(limitUnits) },
        { label: "Times", numeric: true, cell: ({ times }) => count(times) },
        {
          label: "Told to wait",
          numeric: true,
          cell: ({ retryAfterMs }) => (retryAfterMs === undefined ? "waiting does not help" : lasting(retryAfterMs)),
        },
      ]}
      // Several processes write them: the order of writing is nearly that of happening.
      rows={[...denials].sort((a, b) => b.atMs - a.atMs)}
    />
  );
}
