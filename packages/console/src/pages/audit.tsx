/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The audit log: who changed what, what it was before and became, and the way back. */

import { type AuditRow, auditActions } from "../admin/audit-admin.ts";
import type { Page } from "../admin/page.ts";
import { changesOf } from "./audit-changes.ts";
import type { View } from "./frame.ts";
import { Brief, Card, Code, Cut, EmptyState, Link, Notice, Time } from "./parts.tsx";
import { Button, Choice, Field, Filters, Form } from "./parts-form.tsx";
import { Pager, Table } from "./parts-table.tsx";
import { planPath } from "./plans.tsx";
import { userPath } from "./users.tsx";

export interface AuditProps {
  readonly page: Page<AuditRow>;
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly after?: string | undefined;
  /** Why an undo was refused. */
  readonly refusal?: string | undefined;
}

const kinds: Readonly<Record<string, string>> = {
  plan: "Plans",
  user: "Users",
  override: "Overrides",
  quota: "Counters",
  sending: "Sending",
  inbox: "Inboxes",
  api: "APIs",
  breaker: "Breakers",
  login: "Logins",
  undo: "Undone",
};

export function AuditView({ page, subject, action, after, refusal }: AuditProps): View {
  const isFiltered = Boolean(subject || action);
  return (
    <>
      {refusal && (
        <Notice tone="bad" title="Not undone.">
          {refusal}
        </Notice>
      )}
      <Card title="Changes">
        <Filters to="/audit">
          <Choice name="action" label="Kind" value={action} of={choices()} />
          <Field
            name="subject"
            label="Subject"
            type="search"
            value={subject}
            placeholder="A plan, a user’s name, an API"
            maxlength={200}
          />
        </Filters>
        {page.items.length === 0 ? <Nothing isFiltered={isFiltered} /> : <Rows rows={page.items} />}
        <Pager to="/audit" query={{ subject, action }} after={after} next={page.next} />
      </Card>
    </>
  );
}

function choices(): readonly (readonly [string, string])[] {
  return [
    ["", "Everything"],
    ...[...new Set(auditActions.map((action) => action.split(".")[0] ?? action))].map((kind): [string, string] => [
      kind,
      kinds[kind] ?? kind,
    ]),
  ];
}

function Nothing({ isFiltered }: { isFiltered: boolean }): View {
  return isFiltered ? (
    <EmptyState title="No change fits the filters">
      <p>
        <Link to="/audit">Show all changes</Link>
      </p>
    </EmptyState>
  ) : (
    <EmptyState title="Nothing was changed yet">
      <p>
        Every edit is written down here, with what was before. Make one on <Link to="/plans">Plans</Link>.
      </p>
    </EmptyState>
  );
}

function Rows({ rows }: { rows: readonly AuditRow[] }): View {
  return (
    <Table
      caption="Changes, the newest first"
      columns={[
        { label: "When", cell: ({ atMs }) => <Time at={atMs} ago /> },
        { label: "Who", cell: ({ who }) => <Cut text={who} at={40} /> },
        { label: "What", names: true, cell: ({ action }) => <Code>{action}</Code> },
        { label: "Subject", cell: (row) => <Subject row={row} /> },
        { label: "Change", cell: (row) => <Change row={row} /> },
        { label: "Undo", cell: (row) => <Undo row={row} /> },
      ]}
      rows={rows}
    />
  );
}

function Subject({ row: { action, subject, subjectName } }: { row: AuditRow }): View {
  const kind = action.split(".")[0];
  const text = <Brief text={subject} />;
  if (subject === "") return <>–</>;
  if (subjectName !== undefined) {
    return (
      <div class="stack-tight">
        <Link to={userPath(subject)}>
          <Brief text={subjectName} />
        </Link>
        <Code>
          <Brief text={subject} at={14} />
        </Code>
      </div>
    );
  }
  if (kind === "plan" && action !== "plan.remove") return <Link to={planPath(subject)}>{text}</Link>;
  if (kind === "user" || kind === "override" || kind === "quota") return <Link to={userPath(subject)}>{text}</Link>;
  return text;
}

function Change({ row: { before, after, note } }: { row: AuditRow }): View {
  // What is said below is not said twice.
  const changes = changesOf(before, after).filter(
    ({ field, is }) => (field !== "note" && field !== "reason") || is !== note,
  );
  return (
    <div class="stack-tight">
      {changes.length > 0 && (
        <dl class="change">
          {changes.map(({ field, was, is }) => (
            <div>
              <dt>{inWords(field)}</dt>
              <dd>
                {was !== undefined && (
                  <del>
                    <Value of={was} field={field} />
                  </del>
                )}
                {was !== undefined && is !== undefined && <span aria-hidden="true"> → </span>}
                {is !== undefined && (
                  <ins>
                    <Value of={is} field={field} />
                  </ins>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {note && (
        <p class="quiet">
          <Cut text={note} at={120} />
        </p>
      )}
      {changes.length === 0 && !note && <span class="quiet">–</span>}
    </div>
  );
}

/** `limits.publicFeed` is "limits: public feed", `expiresAtMs` "expires". */
function inWords(field: string): string {
  return field
    .replace(/(?:At|Until)?Ms$/, "")
    .replaceAll(".", ": ")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Fields that end in `Ms` and are as large as an instant are one. */
function Value({ of, field }: { of: unknown; field: string }): View {
  if (typeof of === "number" && /Ms$/.test(field) && of > 1e11) return <Time at={of} />;
  if (of === null) return <>{/units|limits|minute/i.test(field) ? "unlimited" : "none"}</>;
  // How a block is kept.
  if (field === "limit" && of === "*") return <>all</>;
  if (typeof of === "string") return <Cut text={of === "" ? "(empty)" : of} at={80} />;
  return <Cut text={Array.isArray(of) ? of.map(String).join(", ") || "none" : (JSON.stringify(of) ?? "")} at={80} />;
}

function Undo({ row: { id, canUndo, action, subject, subjectName = subject } }: { row: AuditRow }): View | null {
  if (!canUndo) return null;
  return (
    <Form to={`/audit/${id}/undo`} inline confirm={`Undo ${action} of ${subjectName}? What was before holds again.`}>
      <Button quiet label={`Undo ${action} of ${subjectName}`}>
        Undo
      </Button>
    </Form>
  );
}
