/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Blocking a user until some instant, and letting them in again. */

import type { UserDetail } from "../admin/users-admin.ts";
import { formState, type Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { HoldEnd } from "./hold-form.tsx";
import { Card, Cut, Facts, Notice, Time } from "./parts.tsx";
import { Button, Field, Form } from "./parts-form.tsx";
import { userPath } from "./users.tsx";

export function BlockCard({ user, refusal }: { user: UserDetail; refusal: Refusal | undefined }): View {
  const { blocked } = user;
  return (
    <Card title="Access">
      {blocked === undefined ? (
        <p>Not blocked.</p>
      ) : (
        <>
          <Notice tone="bad" title="Blocked:">
            <span>
              all limits are 0 until <Time at={blocked.untilMs} />.
            </span>
          </Notice>
          <Facts
            of={[
              ["Why", <Cut text={blocked.note} at={160} />],
              ["By", <bdi>{blocked.by}</bdi>],
            ]}
          />
          <Form to={`${userPath(user.id)}/unblock`} confirm="Let this user in again? Overrides come back." inline>
            <Button>Unblock</Button>
          </Form>
        </>
      )}
      <BlockForm user={user} refusal={refusal} />
    </Card>
  );
}

function BlockForm({ user, refusal }: { user: UserDetail; refusal: Refusal | undefined }): View {
  const state = formState("block", { for: "1h" }, refusal);
  return (
    <details open={state.isRefused}>
      <summary>{user.blocked === undefined ? "Block until…" : "Block for another time…"}</summary>
      <Form
        to={`${userPath(user.id)}/block`}
        confirm="Block this user? Every request is refused until then; overrides come back afterwards."
      >
        <HoldEnd state={state} canStay={false} />
        <Field {...state.at("note")} label="Why" required maxlength={500} lines={2} />
        <div class="actions">
          <Button danger>Block</Button>
        </div>
      </Form>
    </details>
  );
}
