/** Requests at running apps, and what became of them. */

import type { Health } from "@sluice/feeds";

export interface Burst {
  readonly admitted: number;
  readonly denied: number;
  /** What a Free user's 60 a minute can have refilled from the first request until now, rounded up. */
  refilled(): number;
}

/** So many are under way at once: enough to meet each other, and not so many that they wait for the machine. */
const callers = 8;

/** Has the Free user ask so many times, in turn at each port; any other answer than 200 and 429 throws. */
export async function burst(ports: readonly number[], requests: number): Promise<Burst> {
  const startedMs = performance.now();
  const headers = { Authorization: "Bearer demo-free" };
  const statuses: number[] = [];
  let asked = 0;
  const call = async (): Promise<void> => {
    while (asked < requests) {
      const port = ports[asked++ % ports.length];
      const { status, body } = await fetch(`http://127.0.0.1:${port}/api/me`, { headers });
      await body?.cancel();
      if (status !== 200 && status !== 429) throw new Error(`answered ${status}`);
      statuses.push(status);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const admitted = statuses.filter((status) => status === 200).length;
  return {
    admitted,
    denied: requests - admitted,
    refilled: () => Math.ceil((performance.now() - startedMs) / 1_000),
  };
}

export async function healthAt(port: number): Promise<Health> {
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  if (response.status !== 200) throw new Error(`/health answered ${response.status}`);
  return (await response.json()) as Health;
}
