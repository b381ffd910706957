/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Fields that forms of plans and users share: a number of units or no limit, and why one was refused. */

import { mostUnits } from "../plans/check-plan.ts";
import type { FormState, Refusal } from "./form-values.ts";
import type { View } from "./frame.ts";
import { Notice } from "./parts.tsx";
import { Check, Field } from "./parts-form.tsx";

/** A whole number, or the box beside it ticked. */
export function UnitsField(props: { state: FormState; name: string; label: string; hint: string }): View {
  const { state, name, label, hint } = props;
  const box = state.at(`${name}.unlimited`);
  return (
    <div class="units">
      <Field {...state.at(name)} label={label} hint={hint} type="number" min={0} max={mostUnits} />
      <Check name={box.name} id={box.id} label="Unlimited" of={label} checked={state.isTicked(box.name)} />
    </div>
  );
}

/** On top of the page to which a refused form comes back: the form may be far below, or have nothing to be done with any more. */
export function Refused({ refusal }: { refusal: Refusal | undefined }): View {
  if (refusal === undefined) return <></>;
  return (
    <Notice tone="bad" title="Not done.">
      {refusal.error.message}
    </Notice>
  );
}
