import { expect, it } from "vitest";
import { virtualTime } from "./virtual-time.ts";

it("wakes sleepers in the order of their instants, each at its own", async () => {
  const time = virtualTime(0);
  const woken: [string, number][] = [];
  const sleep = (name: string, ms: number) => time.sleep(ms).then(() => woken.push([name, time.now()]));
  void sleep("late", 20).then(() => sleep("later", 5));
  void sleep("first", 10);
  void sleep("second", 10);
  await time.advance(24);
  expect([woken, time.now(), time.sleepers()]).toEqual([
    [
      ["first", 10],
      ["second", 10],
      ["late", 20],
    ],
    24,
    1,
  ]);
  await time.stall(100);
  expect(woken.at(-1)).toEqual(["later", 124]);
});

it("lets go of who is aborted", async () => {
  const time = virtualTime(0);
  const aborting = new AbortController();
  const sleep = time.sleep(10, aborting.signal);
  aborting.abort(new Error("enough"));
  await expect(sleep).rejects.toThrow("enough");
  await expect(time.sleep(10, aborting.signal)).rejects.toThrow("enough");
  expect(time.sleepers()).toBe(0);
});
