import { describe, expect, it } from "vitest";
import { type Charge, ConfigError, type Outcome, perMinute } from "../engine/index.ts";
import {
  receivedCharge,
  receivedDue,
  receivedMistake,
  receivedOutcome,
  type SentOutcome,
  sentCharge,
  sentDue,
  sentError,
  sentOutcome,
} from "./durable-object-messages.ts";

const policy = { name: "p", ...perMinute(5) };
const charge: Charge = { policy, key: "k", shard: "s", cost: 2 };
const outcome: Outcome = {
  allowed: false,
  retryAfterMs: 7,
  delayMs: undefined,
  decisions: [
    {
      policy,
      key: "k",
      shard: "s",
      cost: 2,
      allowed: false,
      charged: 0,
      remaining: 0.25,
      resetAfterMs: 57.5,
      windowAfterMs: 9,
      retryAfterMs: 7,
      receipt: undefined,
      via: undefined,
    },
  ],
};

describe("what travels", () => {
  it.each([
    {},
    { mode: "peek" as const },
    { minCost: 1 },
    { maxDelayMs: 9 },
    { mode: "shadow" as const, minCost: 0, maxDelayMs: 0 },
  ])("is a charge with %o, whose key is its row's name", (details) => {
    const sent = structuredClone(sentCharge({ ...charge, ...details }, "{}", "row"));
    const none = { mode: undefined, minCost: undefined, maxDelayMs: undefined };
    expect(receivedCharge(sent, policy)).toEqual({ policy, key: "row", cost: 2, ...none, ...details });
  });

  it("is an outcome, to the last digit", () => {
    expect(receivedOutcome([charge], structuredClone(sentOutcome(outcome)))).toEqual(outcome);
  });

  it("is a settlement", () => {
    const [decision] = outcome.decisions;
    const due = { decision: { ...decision, receipt: 99 } as Outcome["decisions"][0], booked: 150, final: 0 };
    const received = receivedDue(structuredClone(sentDue(due, "{}", "row")), policy);
    expect(received).toMatchObject({
      decision: { policy, key: "row", charged: 1.5, receipt: 99 },
      booked: 150,
      final: 0,
    });
  });

  it("is a mistake as the error it was", () => {
    const error = new ConfigError("SLUICE_COST", "a cost is a number", -1, "Use 1.");
    const { code, message, value, cure } = error;
    const received = receivedMistake(structuredClone(sentError(error)));
    expect(received).toBeInstanceOf(ConfigError);
    expect(received).toMatchObject({ code, message, value, cure });
  });

  it("is of no other error more than that there was one", () => {
    const sent = sentError(new Error("no space left for 203.0.113.7"));
    expect(JSON.stringify(sent)).not.toContain("203.0.113.7");
    expect(receivedMistake(sent)).toBeUndefined();
  });
});

describe("what another version sends", () => {
  const [allowed, retryAfterMs, delayMs, decisions] = sentOutcome(outcome);

  it("may have more at the end of every list", () => {
    const longer = [allowed, retryAfterMs, delayMs, decisions.map((each) => [...each, "more"]), "more"];
    expect(receivedOutcome([charge], longer as unknown as SentOutcome)).toEqual(outcome);
  });

  it.each([
    undefined,
    null,
    7,
    "x",
    [],
    [true],
    [true, 0, 0, []],
    [true, 0, 0, [7]],
    [true, 0, 0, [[true]]],
    [1, 0, 0, [[]]],
  ])("is no outcome when it is %o", (sent) => {
    expect(receivedOutcome([charge], sent as unknown as SentOutcome)).toBeUndefined();
  });

  it.each([undefined, 7, [], ["SLUICE_COST", "message"]])("is no mistake when it is %o", (sent) => {
    expect(receivedMistake(sent as never)).toBeUndefined();
  });
});
