/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The users, found by name, plan and what was granted to them. */

import type { Page } from "../admin/page.ts";
import type { PlanRow } from "../admin/plans-admin.ts";
import type { UserRow, UsersQuery } from "../admin/users-admin.ts";
import type { View } from "./frame.ts";
import { Badge, Card, Code, EmptyState, Link, Time } from "./parts.tsx";
import { Choice, Field, Filters } from "./parts-form.tsx";
import { type Column, Pager, Table } from "./parts-table.tsx";
import { planPath } from "./plans.tsx";
import { counted } from "./words.ts";

export interface UsersData {
  readonly page: Page<UserRow>;
  readonly query: Omit<UsersQuery, "limit">;
  /** To choose from. */
  readonly plans: readonly Pick<PlanRow, "id" | "name">[];
}

/** What the list can be narrowed to, in words. */
export const userFilters = {
  override: "With an override",
  expiring: "Override expires within 14 days",
  unreviewed: "Override unreviewed for 90 days",
  blocked: "Blocked",
} as const satisfies Record<NonNullable<UsersQuery["filter"]>, string>;

export function UsersView({ page, query, plans }: UsersData): View {
  const { search, plan, filter, after } = query;
  const isNarrowed = [search, plan, filter].some((one) => one !== undefined);
  const isKnown = plan === undefined || plans.some(({ id }) => id === plan);
  return (
    <Card title={filter === undefined ? "By name" : userFilters[filter]} wide>
      <Filters to="/users">
        <Field
          name="search"
          label="Name or id"
          type="search"
          value={search}
          hint="The beginning of a name, or a whole id"
        />
        <Choice
          name="plan"
          label="Plan"
          value={plan}
          of={[
            ["", "Any plan"],
            ...plans.map(({ id, name }) => [id, name] as const),
            ...(isKnown ? [] : [[plan, `${plan} (no such plan)`] as const]),
          ]}
        />
        <Choice name="filter" label="Show" value={filter} of={[["", "Everybody"], ...Object.entries(userFilters)]} />
      </Filters>
      {page.items.length > 0 ? (
        <Table caption="Users" columns={columns} rows={page.items} />
      ) : isNarrowed ? (
        <EmptyState title="Nobody fits.">
          <p>
            Take a filter away, or <Link to="/users">show everybody</Link>. A search finds names by their beginning.
          </p>
        </EmptyState>
      ) : (
        <EmptyState title="There are no users yet.">
          <p>They are the app’s own: as soon as somebody signs up there, they are listed here.</p>
        </EmptyState>
      )}
      <Pager to="/users" query={{ search, plan, filter }} after={after} next={page.next} />
    </Card>
  );
}

const columns: readonly Column<UserRow>[] = [
  {
    label: "User",
    names: true,
    cell: ({ id, name }) => (
      <>
        <Link to={userPath(id)}>
          <bdi>{name}</bdi>
        </Link>{" "}
        <Code>{id}</Code>
      </>
    ),
  },
  { label: "Plan", cell: ({ plan }) => <Link to={planPath(plan)}>{plan}</Link> },
  {
    label: "Granted",
    cell: ({ overrides, nextExpiryMs }) =>
      overrides === 0 ? null : (
        <>
          {counted(overrides, "override")}
          {nextExpiryMs !== undefined && (
            <span class="quiet">
              , until <Time at={nextExpiryMs} />
            </span>
          )}
        </>
      ),
  },
  { label: "State", cell: ({ isBlocked }) => (isBlocked ? <Badge tone="bad">blocked</Badge> : null) },
];

export function userPath(id: string): string {
  return `/users/${encodeURIComponent(id)}`;
}
