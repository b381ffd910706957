/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The line that every page opens with: whether limits are enforced, where they are counted, and what fails. */

import type { BackendStanding } from "../admin/standing.ts";
import type { View } from "./frame.ts";
import { Badge, Time } from "./parts.tsx";

/** "on, durable-object, global, exact", or "off: RATE_LIMIT_BACKEND=noop". */
export function standingWords(standing: BackendStanding): string {
  if (!standing.isEnabled) return `off: ${standing.because ?? standing.backend}`;
  return `on, ${standing.backend}, ${standing.scope}, ${standing.exact ? "exact" : "approximate"}`;
}

/** The first standing is the product's; of the others only what fails or is off is said here. */
export function StatusLine({ standings }: { standings: readonly BackendStanding[] | undefined }): View | null {
  const [product, ...others] = standings ?? [];
  if (product === undefined) return null;
  const ill = [product, ...others].filter(({ failing }) => failing !== undefined);
  const tone = ill.length > 0 ? "bad" : product.isEnabled ? "good" : "warn";
  return (
    <div class={`status status-${tone}`} role="status">
      <p>
        <span class="status-light" aria-hidden="true" />
        <strong>Rate limiting:</strong> {standingWords(product)}
      </p>
      {ill.map(({ title, failing }) => (
        <p>
          <Badge tone="bad">failing</Badge> {title}: the backend has not answered since{" "}
          <Time at={failing?.sinceMs ?? 0} /> ({failing?.code}). Requests follow the rules of their limiters meanwhile.
        </p>
      ))}
      {others
        .filter(({ isEnabled }) => !isEnabled)
        .map((standing) => (
          <p>
            <Badge tone="warn">off</Badge> {standing.title}: {standingWords(standing)}
          </p>
        ))}
    </div>
  );
}
