/** Decisions per second through one Durable Object in workerd, and the rows it writes for them. */

import { deepStrictEqual, strictEqual } from "node:assert";
import { type Measure, median, type Row, ratioRow } from "../measure.ts";
import { inTurn, type Progress, quotients, rawTimes } from "../rounds.ts";
import type { Done } from "./durable-object-worker.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

const perSlice = 200;
const turns = 4;
const contenders = ["sluice", "upsert", "sluice denied", "constant"] as const;

export const durableObject: Measure = async () => {
  const workerd = await startWorkerd();
  try {
    const written = await rowsWritten(workerd);
    // Every key has its counter, those that are to be denied have spent theirs, and the code is warm.
    for (const contender of contenders) await workerd.ask(contender, 2_000);
    const wall = new Map<string, number[]>();
    const times = await inTurn(
      contenders,
      async (contender): Promise<Progress> => {
        // What it takes to ask the Worker is nobody's cost: it is measured by asking for nothing.
        const start = workerd.spentUs();
        await workerd.ask(contender, 0);
        const begun = workerd.spentUs();
        const { ms, allowed } = await workerd.ask(contender, perSlice);
        const end = workerd.spentUs();
        const isTold = start !== undefined && begun !== undefined && end !== undefined;
        const spentUs = isTold ? end - begun - (begun - start) : ms * 1_000;
        strictEqual(allowed, contender === "sluice" || contender === "upsert" ? perSlice : 0, contender);
        wall.set(contender, [...(wall.get(contender) ?? []), (ms * 1_000) / perSlice]);
        return { operations: perSlice, spentUs };
      },
      turns,
    );
    const measure = "Durable Object, decisions/s";
    const admitted = quotients(times.upsert, times.sluice);
    const denied = quotients(times.constant, times["sluice denied"]);
    const onTheWall = [...wall].map(([name, us]) => `${name} ${median(us).toFixed(0)}`).join(", ");
    return {
      rows: [
        ratioRow(`${measure}, admitted`, "RPC with a bare upsert", admitted, { least: 0.9 }),
        ratioRow(`${measure}, denied`, "RPC with a constant", denied, { least: 0.8 }),
        ...written,
      ],
      raw: [...rawTimes(measure, times), `${measure}, on the wall: ${onTheWall} µs/op`],
    };
  } finally {
    await workerd.stop();
  }
};

/** What the shipped object writes for 2,000 charges of 1,000 keys, first admitted and then denied. */
async function rowsWritten({ ask }: Workerd): Promise<Row[]> {
  // The first charge of an object makes its table and sets its one alarm.
  const { rowsWritten: first, alarmsSet } = await ask("counted", 1);
  const admitted = await ask("counted", 2_000);
  await ask("counted denied", 1_000);
  const denied = await ask("counted denied", 2_000);
  deepStrictEqual([admitted.allowed, denied.denied], [2_000, 2_000]);
  const row = (
    of: string,
    { rowsWritten: rows = Number.NaN, alarmsSet: alarms = Number.NaN }: Done,
    most: number,
  ): Row => ({
    measure: `Durable Object, rows written per ${of}`,
    against: "–",
    measured: `${(rows + alarms) / 2_000}`,
    reach: `≤ ${most} (asserted)`,
    met: rows + alarms <= most * 2_000,
  });
  return [
    { ...row("admitted charge", admitted, 1), against: `first charge ever: ${first} and ${alarmsSet} alarm` },
    row("denial", denied, 0),
  ];
}
