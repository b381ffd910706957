/** Reports of bounces as somebody posts them who knows the secret; and the settings by which every target is booted for it. */

import { createHmac } from "node:crypto";

const secret = "a secret of the suite, known to all its targets";

/** Jobs would change what cases look at, at instants that nobody chooses. Reports are taken in without them. */
export const withoutJobs = { JOBS: "off", BOUNCE_WEBHOOK_SECRET: secret } as const;

/** A request that posts a body, signed at an instant. */
export function reporting(body: string, atMs: number = Date.now()) {
  const t = Math.floor(atMs / 1_000);
  const mac = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
  const headers = { "Content-Type": "application/json", "X-Sluice-Signature": `t=${t},v1=${mac}` };
  return { path: "/webhooks/bounces", method: "POST", headers, body };
}
