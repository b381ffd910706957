/** The limits of one organisation's mail, all in one shard, so that a send is one place on three of them. */

import { type Policy, per, perDay, policy } from "@sluice/core/engine";
import { policyOf } from "../limits/limiter-options.ts";
import { type Surroundings, surroundingsOf } from "../limits/limits.ts";
import { gateOf, type Member, member } from "../limits/member.ts";
import type { Inbox } from "./inbox.ts";
import type { CheckedSendQuota } from "./send-quota-options.ts";

/** So many policies are kept; there are as many as zones times daily limits. */
const mostPolicies = 1_000;

/** What the limits of a send are made of. */
export interface SendLimits {
  readonly surroundings: Surroundings;
  /** The organisation's day. */
  readonly day: Member;
  /** The organisation's hour. Its gate holds all sending, and its rate is the one that grows afterwards. */
  readonly hour: Member;
  /** An inbox's day under this limit, with a gate of its own. The zone is no part of the counter: to move opens no second day. */
  of(inbox: Inbox, limit: number): Member;
}

/** @throws ConfigError with a code `SLUICE_POLICY_…`. */
export function sendLimits(options: CheckedSendQuota): SendLimits {
  const { backend, time, metrics, expiresAfterMs, organisation, perHour, timeZone, rampMs } = options;
  const shard = `send:${organisation}`;
  const here = { shard, home: shard };
  const gates = backend.block !== undefined;
  const kept = new Map<string, Policy>();

  // Backends compile a policy once, so that the same one has to come again.
  const inboxPolicy = (zone: string, limit: number): Policy => {
    const name = `${limit} ${zone}`;
    let found = kept.get(name);
    if (found === undefined) {
      if (kept.size >= mostPolicies) kept.clear();
      found = policy("send.inbox", perDay(limit, { timeZone: zone }));
      kept.set(name, found);
    }
    return found;
  };

  // A mail that leaves late has not left its hour: so much longer the hour is counted.
  const rate = per("1h", perHour, { algorithm: "sliding-log" });
  const hour = policyOf({ name: "send.hour", rate, backend, toleranceMs: options.toleranceMs });
  const allGate = gates ? gateOf("send.hour", shard, rampMs) : undefined;
  return {
    surroundings: surroundingsOf(backend, time, metrics, expiresAfterMs),
    day: member(
      { policy: policy("send.day", perDay(options.perDay, { timeZone })), key: "", ...here },
      undefined,
      undefined,
    ),
    hour: member({ policy: hour.policy, key: "", ...here }, hour.toleranceMs, allGate),
    of({ id, timeZone: zone }, limit) {
      // One inbox has its warm-up instead of a ramp.
      const gate = gates ? gateOf("send.inbox", shard, 0, id) : undefined;
      return member({ policy: inboxPolicy(zone, limit), key: id, ...here }, undefined, gate);
    },
  };
}
