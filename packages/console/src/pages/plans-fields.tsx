/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The fields that a new plan and one that is there have in common. */

import type { PlanLimits } from "../plans/limits.ts";
import type { Served } from "../plans/serving.ts";
import type { FormState } from "./form-values.ts";
import type { View } from "./frame.ts";
import { Field } from "./parts-form.tsx";
import { servedWords } from "./plans-form.ts";
import { UnitsField } from "./units-field.tsx";

export function PlanFields(props: {
  state: FormState;
  limits: PlanLimits;
  /** What the backend makes of each limit. */
  servedBy?: Readonly<Record<string, Served>>;
}): View {
  const { state, limits, servedBy = {} } = props;
  return (
    <>
      <Field {...state.at("name")} label="Name" required maxlength={100} />
      <div class="fields">
        {Object.entries(limits).map(([name, { label, unit }]) => (
          <UnitsField
            state={state}
            name={`limits.${name}`}
            label={label}
            hint={[`${unit}; 0 forbids`, ...(servedBy[name] === undefined ? [] : [servedWords(servedBy[name])])].join(
              "; ",
            )}
          />
        ))}
      </div>
      <Field {...state.at("priceCents")} label="Price" hint="Such as 10 or 9.90; 0 is free." required maxlength={12} />
      <Field {...state.at("features")} label="Features" hint="One a line, as people read them." lines={4} />
    </>
  );
}
