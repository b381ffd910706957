/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The forms that hold something that goes out and let it go again; the name of what travels as a field, not in the address. */

import { formState, type Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { HoldEnd } from "./hold-form.tsx";
import { Time } from "./parts.tsx";
import { Button, Field, Form } from "./parts-form.tsx";

/** What is held: everything, one inbox, one API. */
export interface Held {
  readonly kind: "sending" | "inbox" | "api";
  /** An inbox's id, an API's name. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Begins the ids of its fields: names are anything. */
  readonly prefix: string;
}

/** A pause as it stands: why, by whom, since when and until when. */
export function PauseWords({
  pause,
}: {
  pause: { reason: string; by: string; sinceMs: number; untilMs?: number | undefined };
}): View {
  return (
    <>
      <bdi>{pause.reason}</bdi>{" "}
      <span class="quiet">
        (by <bdi>{pause.by}</bdi>, since <Time at={pause.sinceMs} />,{" "}
        {pause.untilMs === undefined ? "until somebody resumes" : "until "}
        {pause.untilMs !== undefined && <Time at={pause.untilMs} />})
      </span>
    </>
  );
}

export function PauseForm({ of, refusal }: { of: Held; refusal: Refusal | undefined }): View {
  const form = formName(of.kind, "pause", of.name);
  const state = formState(form, { for: "stay" }, refusal, `${of.prefix}.pause`);
  return (
    <details open={state.isRefused}>
      <summary>
        Pause<span class="unseen"> {of.title}</span>
      </summary>
      <Form
        to={`/outbound/${of.kind}/pause`}
        confirm={`Pause ${of.title}? Nothing of it goes out meanwhile, in any process.`}
      >
        <input type="hidden" name="name" value={of.name} />
        <Field {...state.at("reason")} label="Why" required maxlength={500} />
        <HoldEnd state={state} canStay />
        <div class="actions">
          <Button danger label={`Pause ${of.title}`}>
            Pause
          </Button>
        </div>
      </Form>
    </details>
  );
}

/** One button that lets go: `deed` is the route's word. */
export function LetGo(props: { of: Held; deed: "resume" | "release" | "close"; label: string; confirm: string }): View {
  const { of, deed, label, confirm } = props;
  return (
    <Form to={`/outbound/${of.kind}/${deed}`} confirm={confirm} inline>
      <input type="hidden" name="name" value={of.name} />
      <Button label={`${label} ${of.title}`}>{label}</Button>
    </Form>
  );
}

export function BreakerForm({ of, refusal }: { of: Held; refusal: Refusal | undefined }): View {
  const state = formState(formName(of.kind, "open", of.name), {}, refusal, `${of.prefix}.open`);
  return (
    <details open={state.isRefused}>
      <summary>
        Open the breaker<span class="unseen"> of {of.title}</span>
      </summary>
      <Form
        to="/outbound/api/open"
        confirm={`Open the breaker of ${of.title}? Every call fails at once until somebody closes it.`}
      >
        <input type="hidden" name="name" value={of.name} />
        <Field {...state.at("reason")} label="Why" required maxlength={500} />
        <div class="actions">
          <Button danger label={`Open the breaker of ${of.title}`}>
            Open
          </Button>
        </div>
      </Form>
    </details>
  );
}

/** What a refusal of one of these forms is known by. */
export function formName(kind: string, deed: string, name: string): string {
  return `${kind}.${deed}.${name}`;
}
