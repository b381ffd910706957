import { type DurableObjectOptions, durableObject, type LimiterNamespace } from "@sluice/core/durable-object";
import { type Backend, type Charge, isConfigError, isSluiceError, perMinute, policy } from "@sluice/core/engine";
import { fallback } from "@sluice/core/resilience";
import { afterEach, describe, expect, it } from "vitest";
import { FAULTY, LIMITER, own, STRANGER, type Stub } from "./objects.ts";
import { faults } from "./worker.ts";

afterEach(() => {
  faults.now = undefined;
});

const charge: Charge = { policy: policy("five", perMinute(5)), key: "ada@example.com", shard: "secret", cost: 1 };
const soon: DurableObjectOptions = { deadlineMs: 150, denyCache: false };

/** A namespace in which calls go wrong outside of the object. */
function broken(ask: Stub["ask"]): LimiterNamespace {
  return { getByName: () => ({ ask }) };
}

async function failureOf(backend: Backend, ...charges: readonly Charge[]): Promise<{ code: unknown; text: string }> {
  try {
    await backend.consume(charges.length > 0 ? charges : [charge]);
  } catch (error) {
    if (isSluiceError(error) && !isConfigError(error))
      return { code: error.code, text: `${error.stack}${JSON.stringify(error)}` };
    throw error;
  }
  throw new Error("it did not fail");
}

const overloaded = (): never => {
  throw Object.assign(new Error("Durable Object is overloaded. Too many requests queued."), { overloaded: true });
};
const flooded = (): never => {
  throw new Error("Your account is generating too much load on Durable Objects.");
};
const page = async (): Promise<unknown> => "<html>";

const failures: Readonly<Record<string, readonly [code: string, make: () => LimiterNamespace]>> = {
  hangs: ["SLUICE_BACKEND_TIMEOUT", () => faulty("hang")],
  "is aborted": ["SLUICE_BACKEND_UNREACHABLE", () => faulty("abort")],
  "throws what it was asked": ["SLUICE_BACKEND_UNREACHABLE", () => faulty("throw")],
  "decides and is lost with its answer": ["SLUICE_BACKEND_UNREACHABLE", () => faulty("drop")],
  "is overloaded": ["SLUICE_BACKEND_OVERLOADED", () => broken(async () => overloaded())],
  "is one of too many": ["SLUICE_BACKEND_OVERLOADED", () => broken(async () => flooded())],
  "answers with something else": ["SLUICE_BACKEND_ANSWER", () => broken(page)],
};

function faulty(now: typeof faults.now): LimiterNamespace {
  faults.now = now;
  return own(FAULTY);
}

describe.each(Object.entries(failures))("an object that %s", (_, [code, make]) => {
  it("is a coded error without a key, in time and after one call", async () => {
    const inner = make();
    let calls = 0;
    const counted: LimiterNamespace = {
      getByName(name, options) {
        calls++;
        return inner.getByName(name, options);
      },
    };
    const from = performance.now();
    const failure = await failureOf(durableObject(counted, soon));
    expect(failure.code).toBe(code);
    expect(failure.text).not.toMatch(/ada|secret/);
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(calls).toBe(1);
  });

  it("ends in the failure rule", async () => {
    const silent = { onChange: () => {} };
    const [open, closed] = (["open", "closed"] as const).map((rule) =>
      fallback(durableObject(make(), soon), rule, silent),
    );
    expect(await open?.consume([charge])).toMatchObject({ allowed: true, decisions: [{ via: "open", charged: 0 }] });
    expect(await closed?.consume([charge])).toMatchObject({ allowed: false, decisions: [{ via: "closed" }] });
  });
});

describe("after a failure", () => {
  it.each(["hang", "abort", "throw"] as const)(
    "that was a %s the same backend goes on, over a stub of its own",
    async (fault) => {
      const backend = durableObject(own(FAULTY), soon);
      await backend.consume([charge]);
      faults.now = fault;
      await failureOf(backend);
      faults.now = undefined;
      expect(await backend.consume([charge])).toMatchObject({
        allowed: true,
        decisions: [{ remaining: expect.closeTo(3, 0) }],
      });
    },
  );

  it("of the second object, what the first had booked is given back", async () => {
    const objects = own(LIMITER);
    let failing: string | undefined;
    const backend = durableObject(
      {
        getByName(name, options) {
          if (name === failing) overloaded();
          return objects.getByName(name, options);
        },
      },
      { denyCache: false },
    );
    const other = { ...charge, shard: "other" };
    await backend.consume([other]);
    failing = objects.calls[0];
    expect(await failureOf(backend, charge, other)).toMatchObject({ code: "SLUICE_BACKEND_OVERLOADED" });
    const { decisions } = await backend.consume([{ ...charge, mode: "peek" }]);
    expect(decisions[0]?.remaining).toBe(5);
  });

  it("of an object that answered too late, the next is not asked", async () => {
    const objects = own(LIMITER);
    const late: LimiterNamespace = {
      getByName(name, options) {
        const stub = objects.getByName(name, options);
        return {
          async ask(message: unknown) {
            await new Promise((resolve) => setTimeout(resolve, 400));
            return await stub.ask(message);
          },
        };
      },
    };
    const failure = await failureOf(durableObject(late, soon), charge, { ...charge, shard: "other" });
    expect(failure.code).toBe("SLUICE_BACKEND_TIMEOUT");
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(objects.calls).toHaveLength(1);
  });
});

describe("mistakes", () => {
  const five = charge.policy;
  const mistakes: Readonly<Record<string, readonly [code: string, charges: readonly unknown[]]>> = {
    "a cost that makes no sense": ["SLUICE_COST", [{ ...charge, cost: Number.NaN }]],
    "a key that is no string": ["SLUICE_CHARGE_KEY", [{ ...charge, key: 7 }]],
    "a shard that is no string": ["SLUICE_CHARGE_KEY", [{ ...charge, shard: {} }]],
    "a mode that there is not": ["SLUICE_CHARGE_MODE", [{ ...charge, mode: "dry" }]],
    "a policy that makes no sense": ["SLUICE_POLICY_LIMIT", [{ ...charge, policy: { ...five, limit: 0.5 } }]],
    "two numbers for one counter": ["SLUICE_CHARGE_CONFLICT", [charge, { ...charge, policy: { ...five, limit: 6 } }]],
    "a delay over two objects": [
      "SLUICE_DELAY_UNSUPPORTED",
      [
        { ...charge, maxDelayMs: 9 },
        { ...charge, shard: "r" },
      ],
    ],
  };

  it.each(Object.entries(mistakes))("such as %s never travel", async (_, [code, charges]) => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    await expect(backend.consume(charges as readonly Charge[])).rejects.toMatchObject({ name: "ConfigError", code });
    expect(objects.calls).toEqual([]);
  });

  it.each([undefined, null, {}, { idFromName: () => {} }])(
    "such as a binding that is %o are named with what to add",
    (binding) => {
      const make = () => durableObject(binding as unknown as LimiterNamespace);
      expect(make).toThrow("SLUICE_BINDING_MISSING");
      for (const line of ['"class_name": "SluiceLimiter"', "new_sqlite_classes", '"exports": { "SluiceLimiter"'])
        expect(make).toThrow(line);
    },
  );

  it("such as a binding of another class are named on the first call, and open no gate", async () => {
    const backend = fallback(durableObject(own(STRANGER), soon), "open", { onChange: () => {} });
    await expect(backend.consume([charge])).rejects.toMatchObject({
      name: "ConfigError",
      code: "SLUICE_BINDING_MISSING",
      message: expect.stringContaining("of another class"),
    });
  });

  it.each([
    [{ anonymousShards: 0 }, "SLUICE_OPTION_TYPE"],
    [{ deadlineMs: 0 }, "SLUICE_OPTION_TYPE"],
    [{ locationHint: "europe" }, "SLUICE_OPTION_TYPE"],
    [{ denyCache: true }, "SLUICE_OPTION_TYPE"],
    [{ denycache: false }, "SLUICE_OPTION_UNKNOWN"],
  ])("in options such as %o are named", (options, code) => {
    expect(() => durableObject(LIMITER, options as DurableObjectOptions)).toThrow(code);
  });
});

describe("the factory", () => {
  it("does nothing: no stub is made before the first charge, and then one for each call, with the hint", async () => {
    const asked: (object | undefined)[] = [];
    const objects = own(LIMITER);
    const backend = durableObject(
      {
        getByName(name, options) {
          asked.push(options);
          return objects.getByName(name, options);
        },
      },
      { locationHint: "weur", deadlineMs: 1_000 },
    );
    expect(asked).toEqual([]);
    for (let i = 0; i < 2; i++) await backend.consume([charge]);
    const options = { locationHint: "weur", retry: { timeoutMs: 1_000 } };
    expect(asked).toEqual([options, options]);
  });

  it.each([
    [250, { maxRetries: 0 }],
    [499, { maxRetries: 0 }],
    [500, { timeoutMs: 500 }],
    [90_000, { timeoutMs: 60_000 }],
  ])(
    "lets the platform send again what has not begun, but not after a deadline of %i ms",
    async (deadlineMs, retry) => {
      const objects = own(LIMITER);
      let asked: object | undefined;
      const backend = durableObject(
        {
          getByName(name, options) {
            asked = options;
            return objects.getByName(name, options);
          },
        },
        { deadlineMs },
      );
      await Promise.resolve(backend.consume([charge])).catch((error) =>
        expect(error.code).toBe("SLUICE_BACKEND_TIMEOUT"),
      );
      expect(asked).toEqual({ retry });
    },
  );
});
