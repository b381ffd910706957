/** `npm run tour`: the app on Node, Workers and Docker side by side, the same ninety requests to each, one table. */

import type { Running, Target } from "../target.ts";
import { pay, visits } from "./requests.ts";
import { type Toured, table } from "./table.ts";

const startedMs = performance.now();
const boots: Promise<Running>[] = [];
let isEnding = false;

process.once("SIGINT", () => void end(130)).once("SIGTERM", () => void end(143));

try {
  const { nodeTargets } = await import("../targets/node.ts");
  const { workersTargets } = await import("../targets/workers.ts");
  const { dockerTargets } = await import("../targets/docker.ts");
  const targets = [only(nodeTargets, "memory"), only(workersTargets, "durable-object"), only(dockerTargets, "redis")];
  for (const { name, missing } of targets) if (missing !== undefined) say(`${name} is left out: ${missing}`);
  const toured = await Promise.all(targets.filter(({ missing }) => missing === undefined).map(tour));
  console.log(`\n${table(toured)}\n`);
  say("Refused requests are the policy, not a fault: Free has 60 requests a minute, its feed 17 reads.");
} catch (error) {
  if (!isEnding) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
await end();

/** Boots one target and pays it every visit. */
async function tour({ name, backend, boot }: Target): Promise<Toured> {
  say(`${name}: starting, with ${backend}`);
  const booting = boot();
  boots.push(booting);
  const booted = await booting;
  say(`${name}: serves on ${booted.instances.map(({ url }) => url).join(" and ")}`);
  let answered = 0;
  const paid = [];
  for (const visit of visits) {
    const answers = await pay(visit, booted, () => {
      answered++;
      if (answered % 30 === 0) say(`${name}: ${answered} of 90 answered`);
    });
    paid.push({ visit, answers });
  }
  return { target: name, counted: await countedIn(booted), visits: paid };
}

/** What /health says of where the counts are. */
async function countedIn({ instances: [first] }: Running): Promise<string> {
  const health = await first?.send({ path: "/health", client: 1 });
  const { limiting } = JSON.parse(health?.body ?? "{}") as { limiting?: { backend: string; scope: string } };
  return limiting === undefined ? "?" : `${limiting.backend}, scope ${limiting.scope}`;
}

function only(targets: readonly Target[], backend: Target["backend"]): Target {
  const found = targets.find((target) => target.backend === backend);
  if (found === undefined) throw new Error(`there is no target with ${backend}`);
  return found;
}

function say(line: string): void {
  if (!isEnding) console.log(`${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(5)} s  ${line}`);
}

/** Stops everything, once, also what is still starting. */
async function end(code?: number): Promise<void> {
  if (isEnding) return;
  say("stopping everything");
  isEnding = true;
  await Promise.allSettled(boots.map(async (booting) => (await booting).stop()));
  process.exit(code ?? process.exitCode ?? 0);
}
