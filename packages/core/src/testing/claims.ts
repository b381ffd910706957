/** Why a case does not apply: what a backend does not claim, or what its test cannot do. */

import type { Backend } from "../engine/backend.ts";
import type { Policy } from "../engine/policy.ts";
import type { Case, Need, Subject } from "./case.ts";

/** The reason why this case is not run on this backend, or undefined. */
export function notClaimed(
  { needs = [], evenUncounted }: Pick<Case, "needs" | "evenUncounted">,
  backend: Backend,
  subject: Subject,
  policies: Iterable<Policy>,
): string | undefined {
  if (backend.features.scope === "none" && !evenUncounted) return "counts nothing";
  for (const need of needs) {
    const reason = lacking(need, backend, subject);
    if (reason !== undefined) return reason;
  }
  for (const policy of policies) {
    const reason = backend.supports(policy);
    if (reason !== undefined) return `does not support ${policy.algorithm}, limit ${policy.limit}: ${reason}`;
  }
  return undefined;
}

function lacking(need: Need, { features, consumeEach }: Backend, { clock, sleep, trips }: Subject): string | undefined {
  switch (need) {
    case "clock":
      return clock ? undefined : "its clock cannot be set";
    case "wait":
      return clock || sleep ? undefined : "its clock cannot be set, and the test does not wait";
    case "trips":
      return trips ? undefined : "its round trips are not counted";
    case "consumeEach":
      return consumeEach ? undefined : "has no consumeEach";
    default:
      return features[need] ? undefined : `does not claim ${need}`;
  }
}
