import { isSluiceError } from "@sluice/core";
import { hasRedis } from "@sluice/test-services/redis";
import { describe, expect, it } from "vitest";
import { charge, readOnlyToken, remaining, upstashFixture } from "./upstash-fixture.ts";

const deadlineMs = 500;
const secrets = /user:42|a-token|reads-only|EVALSHA|KEYS/i;

if (hasRedis) {
  const { backend, front, server, direct } = await upstashFixture();

  /** The code of the failure that a decision ended in, once it has been looked at from all sides. */
  const failure = async (asked: () => unknown): Promise<string> => {
    const start = performance.now();
    const error: unknown = await Promise.resolve(asked()).then(
      (outcome) => expect.fail(`decided ${JSON.stringify(outcome)}`),
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - start).toBeLessThan(3 * deadlineMs);
    if (!isSluiceError(error)) throw error;
    expect(error).toMatchObject({ name: "BackendError", backend: "upstash" });
    expect(error.cause).toBeUndefined();
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(secrets);
    return error.code.replace("SLUICE_BACKEND_", "");
  };

  let prefixes = 0;

  /**
   * A backend whose script the database knows, another with more patience on the same counters, and how many requests there
   * have been since.
   */
  const warmed = async () => {
    const prefix = `faults${++prefixes}:`;
    const patient = backend({ prefix });
    await patient.consume([charge({ key: "somebody" })]);
    const before = front.requests().length;
    return { broken: backend({ prefix, deadlineMs }), patient, requests: () => front.requests().length - before };
  };

  const page = "<html>user:42</html>";
  const item = (reply: unknown) => [{ result: reply }];

  describe("upstash, when an answer is wrong", () => {
    it.each([
      ["a proxy's page", 200, page, "ANSWER"],
      ["a proxy's page with status 502", 502, page, "ANSWER"],
      ["an empty body", 503, "", "ANSWER"],
      ["an error that says nothing", 500, {}, "ANSWER"],
      ["no array", 200, {}, "ANSWER"],
      ["too short an array", 200, [], "ANSWER"],
      ["null", 200, "null", "ANSWER"],
      ["a reply of null", 200, item(null), "ANSWER"],
      ["a reply of text", 200, item("dXNlcjo0Mg=="), "ANSWER"],
      ["a number out of the blue", 200, item(7), "ANSWER"],
      ["an empty reply", 200, item([]), "ANSWER"],
      ["a token that was withdrawn", 401, { error: "WRONGPASS invalid or missing auth token" }, "REFUSED"],
      ["a token that was withdrawn, formerly", 401, { error: "Unauthorized" }, "REFUSED"],
      ["an empty plan", 400, { error: "ERR max requests limit exceeded. Limit: 500000, Usage: 500001." }, "OVERLOADED"],
      [
        "an empty plan, told by item",
        200,
        [{ error: "ERR max daily request limit exceeded. Limit: 10000" }],
        "OVERLOADED",
      ],
      ["too many requests", 429, { error: "Too many requests" }, "OVERLOADED"],
    ])("fails by %s", async (_what, status, body, code) => {
      const { broken, patient, requests } = await warmed();
      front.faults.status(status, body, 1);
      expect(await failure(() => broken.consume([charge()]))).toBe(code);
      expect(requests()).toBe(1);
      expect(await remaining(patient)).toBe(60);
    });

    it("fails by an error of the database, without its words", async () => {
      const { broken } = await warmed();
      front.faults.status(500, { error: "ERR internal error at user:42" }, 1);
      expect(await failure(() => broken.consume([charge()]))).toMatch(/REFUSED|ANSWER/);
    });
  });

  describe("upstash, when there is no answer", () => {
    it("gives up at the deadline, and hangs up", async () => {
      const { broken, patient, requests } = await warmed();
      front.faults.hang(1);
      expect(await failure(() => broken.consume([charge()]))).toBe("TIMEOUT");
      await expect.poll(() => front.requests().at(-1)?.aborted).toBe(true);
      expect(requests()).toBe(1);
      expect(await remaining(patient)).toBe(60);
    });

    it("fails by a reset connection, and has charged nothing", async () => {
      const { broken, patient, requests } = await warmed();
      front.faults.reset(1);
      expect(await failure(() => broken.consume([charge()]))).toBe("UNREACHABLE");
      expect(requests()).toBe(1);
      expect(await remaining(patient)).toBe(60);
    });

    it.each([
      ["dropped", () => front.faults.dropAfterCommit(1), "UNREACHABLE"],
      ["cut in half", () => front.faults.truncate(1), "UNREACHABLE"],
      ["never sent", () => front.faults.hangAfterCommit(1), "TIMEOUT"],
      ["sent too late", () => front.faults.slow(deadlineMs + 100, 1), "TIMEOUT"],
    ])("fails by an answer that was %s, and has charged once", async (_what, inject, code) => {
      const { broken, patient } = await warmed();
      inject();
      expect(await failure(() => broken.consume([charge({ cost: 20 })]))).toBe(code);
      await expect.poll(async () => Math.floor((await remaining(patient)) ?? 60)).toBe(40);
      await new Promise((resolve) => setTimeout(resolve, deadlineMs));
      expect(Math.floor((await remaining(patient)) ?? 60)).toBe(40);
    });

    it("sends nothing once the deadline has passed, not even a script that the database forgot", async () => {
      const { broken, patient, requests } = await warmed();
      await direct.script("FLUSH");
      front.faults.slow(deadlineMs + 100, 1);
      expect(await failure(() => broken.consume([charge()]))).toBe("TIMEOUT");
      await new Promise((resolve) => setTimeout(resolve, 2 * deadlineMs));
      expect(requests()).toBe(1);
      expect(await remaining(patient)).toBe(60);
    });

    it("fails where nobody listens, and where there is no such name", async () => {
      const nobody = backend({ url: "http://127.0.0.1:9", deadlineMs });
      expect(await failure(() => nobody.consume([charge()]))).toBe("UNREACHABLE");
      const noName = backend({ url: "https://no-such-database.invalid", deadlineMs });
      // Some resolvers take longer than the deadline to say so.
      expect(await failure(() => noName.consume([charge()]))).toMatch(/^(UNREACHABLE|TIMEOUT)$/);
    });
  });

  describe("upstash, when it is refused", () => {
    it("fails by a wrong token", async () => {
      const wrong = backend({ token: "another", deadlineMs });
      expect(await failure(() => wrong.consume([charge()]))).toBe("REFUSED");
    });

    it("fails by a token that may only read", async () => {
      const reading = backend({ token: readOnlyToken, deadlineMs });
      expect(await failure(() => reading.consume([charge()]))).toBe("REFUSED");
    });

    it("fails by a key of somebody else's, and leaves it as it is", async () => {
      const broken = backend({ prefix: "theirs", deadlineMs });
      await broken.consume([charge()]);
      const [key = ""] = await direct.keys("theirs*");
      await direct.del(key);
      await direct.lpush(key, "something");
      expect(await failure(() => broken.consume([charge()]))).toBe("REFUSED");
      expect(await direct.lrange(key, 0, -1)).toEqual(["something"]);
    });

    it("fails while the database is gone, and decides again when it is back", async () => {
      const { broken } = await warmed();
      await server.kill();
      expect(await failure(() => broken.consume([charge()]))).toMatch(/^(REFUSED|ANSWER|UNREACHABLE|TIMEOUT)$/);
      await server.start();
      const decides = async () => {
        const { allowed } = await broken.consume([charge()]);
        return allowed;
      };
      await expect.poll(() => decides().catch(() => false), { timeout: 5_000 }).toBe(true);
    });
  });

  describe("upstash, when its script is forgotten", () => {
    it("decides all the same, once", async () => {
      const { broken, patient, requests } = await warmed();
      await direct.script("FLUSH");
      expect(await broken.consume([charge({ cost: 20 })])).toMatchObject({ allowed: true });
      expect(requests()).toBe(2);
      expect(Math.floor((await remaining(patient)) ?? 0)).toBe(40);
    });

    it("decides all the same for many at once", async () => {
      const { broken, requests } = await warmed();
      await direct.script("FLUSH");
      const asked = Array.from({ length: 100 }, () => broken.consume([charge()]));
      expect((await Promise.all(asked)).filter(({ allowed }) => allowed)).toHaveLength(60);
      expect(requests()).toBe(2);
    });
  });

  it("fails to settle and to reset by the same rules", async () => {
    const { broken, patient } = await warmed();
    const { decisions } = await broken.consume([charge({ cost: 20 })]);
    const [decision] = decisions;
    front.faults.html(2);
    expect(
      await failure(() => broken.settle?.([{ decision: decision as NonNullable<typeof decision>, cost: 0 }])),
    ).toBe("ANSWER");
    expect(await failure(() => broken.reset?.(charge()))).toBe("ANSWER");
    expect(Math.floor((await remaining(patient)) ?? 0)).toBe(40);
  });
} else {
  it.skipIf(!hasRedis)("upstash: needs redis-server", () => {});
}
