/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** One limit of a user: what holds and why, how much of it is used, and what is granted instead of the plan's number. */

import type { QuotaRow } from "../admin/quota-admin.ts";
import type { OverrideRow, UserDetail } from "../admin/users-admin.ts";
import type { PlanLimit } from "../plans/limits.ts";
import { formState, instantAsTyped, type Refusal, type Typed, unitsAsTyped } from "./form-values.ts";
import { useFrame, type View } from "./frame.ts";
import { Badge, Card, Cut, Facts, Fresh, Gauge, Time } from "./parts.tsx";
import { Button, Field, Form } from "./parts-form.tsx";
import { UnitsField } from "./units-field.tsx";
import { userPath } from "./users.tsx";
import { count, units as unitsWords, wholeAgain } from "./words.ts";

export interface UserLimitData {
  readonly user: UserDetail;
  readonly name: string;
  readonly limit: PlanLimit;
  readonly row: QuotaRow | undefined;
  readonly cannotReset: string | undefined;
  readonly refusal: Refusal | undefined;
}

const sources = {
  block: <Badge tone="bad">blocked</Badge>,
  override: <Badge tone="good">override</Badge>,
  plan: <Badge>plan</Badge>,
  default: <Badge>default plan</Badge>,
} as const;

export function UserLimit(data: UserLimitData): View {
  const { user, name, limit, row } = data;
  const holding = user.limits[name];
  const override = user.overrides.find((one) => one.limit === name);
  return (
    <Card title={limit.label}>
      <Fresh name={name} from={userPath(user.id)}>
        <Gauge label="Used" used={row?.used} of={row?.units ?? holding?.units ?? "unlimited"} because={row?.because} />
        <Facts
          of={[
            [
              "Holds",
              <>
                {unitsWords(holding?.units ?? "unlimited")} <span class="quiet">{limit.unit}</span>{" "}
                {sources[holding?.from ?? "default"]}
              </>,
            ],
            ["Left", row?.remaining === undefined ? "unknown" : count(row.remaining)],
            ["Whole again", row?.resetAfterMs === undefined ? "unknown" : wholeAgain(row.resetAfterMs)],
            ["Read", <Time at={useFrame().nowMs} ago />],
          ]}
        />
      </Fresh>
      <Reset {...data} />
      <h3>Override</h3>
      {override === undefined ? (
        <p class="quiet">None: the plan’s number is inherited.</p>
      ) : (
        <Kept {...data} override={override} />
      )}
      <Grant {...data} override={override} />
    </Card>
  );
}

function Reset({ user, name, limit, cannotReset }: UserLimitData): View {
  if (cannotReset !== undefined) return <p class="quiet">The counter cannot be reset: {cannotReset}</p>;
  return (
    <Form
      to={`${limitPath(user, name)}/reset`}
      confirm={`Make the counter of ${limit.label} whole? What was used is forgotten.`}
    >
      <div class="actions">
        <Button quiet label={`Reset the counter of ${limit.label}`}>
          Reset the counter
        </Button>
      </div>
    </Form>
  );
}

function Kept({ user, name, limit, override }: UserLimitData & { override: OverrideRow }): View {
  const { units, note, grantedBy, createdAtMs, expiresAtMs, isExpired, reviewedAtMs, reviewedBy, version } = override;
  const path = limitPath(user, name);
  return (
    <>
      <Facts
        of={[
          ["Granted", unitsWords(units)],
          ["Note", <Cut text={note} at={160} />],
          ["By", <By who={grantedBy} at={createdAtMs} />],
          ["Expires", expiresAtMs === undefined ? "never" : <Expiry at={expiresAtMs} isExpired={isExpired} />],
          ["Reviewed", <By who={reviewedBy} at={reviewedAtMs} />],
        ]}
      />
      <div class="actions">
        <Form to={`${path}/review`} inline>
          <input type="hidden" name="version" value={String(version)} />
          <Button label={`The override of ${limit.label} is reviewed`}>Reviewed</Button>
        </Form>
        <Form
          to={`${path}/remove`}
          confirm={`Remove the override of ${limit.label}? The plan’s number holds again.`}
          inline
        >
          <input type="hidden" name="version" value={String(version)} />
          <Button danger label={`Remove the override of ${limit.label}`}>
            Remove
          </Button>
        </Form>
      </div>
    </>
  );
}

function Grant({ user, name, limit, override, refusal }: UserLimitData & { override: OverrideRow | undefined }): View {
  const state = formState(`override.${name}`, override ? overrideAsTyped(override) : {}, refusal);
  const isStale = state.isRefused && refusal?.error.code === "stale";
  const title = override === undefined ? "Grant another number" : "Replace";
  return (
    <details open={state.isRefused}>
      <summary>
        {title}
        <span class="unseen"> for {limit.label}</span>
      </summary>
      <Form to={`${limitPath(user, name)}/grant`}>
        <input type="hidden" name="version" value={String(override?.version ?? 0)} />
        {isStale && <p>Above is what holds now; below is what you typed. Saving it replaces what holds.</p>}
        <UnitsField state={state} name="units" label={limit.label} hint={`${limit.unit}; 0 forbids`} />
        <Field
          {...state.at("note")}
          label="Note"
          hint="Why, for whoever reviews it."
          required
          maxlength={500}
          lines={2}
        />
        <Field
          {...state.at("expiresAtMs")}
          label="Expires (UTC)"
          type="datetime-local"
          hint="Then the plan’s number holds again. Empty: never."
        />
        <div class="actions">
          <Button primary>{override === undefined ? "Grant" : "Replace"}</Button>
        </div>
      </Form>
    </details>
  );
}

function limitPath(user: UserDetail, limit: string): string {
  return `${userPath(user.id)}/limits/${encodeURIComponent(limit)}`;
}

function overrideAsTyped({ units, note, expiresAtMs, isExpired }: OverrideRow): Typed {
  return { ...unitsAsTyped("units", units), note, expiresAtMs: instantAsTyped(isExpired ? undefined : expiresAtMs) };
}

function By({ who, at }: { who: string; at: number }): View {
  return (
    <>
      <bdi>{who}</bdi>, <Time at={at} />
    </>
  );
}

function Expiry({ at, isExpired }: { at: number; isExpired: boolean }): View {
  return (
    <>
      <Time at={at} /> {isExpired && <Badge tone="warn">has expired: the plan’s number holds</Badge>}
    </>
  );
}
