/** What an administrator sees of all that goes out, and how he holds it: in every process, each change with its line in the audit log. */

import { isConfigError } from "@sluice/core";
import type { Database } from "../database.ts";
import { AdminError } from "./admin-error.ts";
import type { AuditAction, AuditAdmin } from "./audit-admin.ts";
import { written } from "./done.ts";
import { inTime, LateError } from "./in-time.ts";
import type { HoldDraft, OutboundAdmin } from "./outbound-admin.ts";
import type { OutboundApi, OutboundParts } from "./outbound-parts.ts";
import { apiBefore, breakerBefore, inboxBefore, sendingBefore } from "./outbound-parts-before.ts";
import { checkedHold, checkedReason } from "./outbound-parts-hold.ts";
import { part, reasonOf } from "./outbound-parts-read.ts";
import { outboundView } from "./outbound-parts-view.ts";

export interface OutboundAdminDeps {
  readonly parts: OutboundParts;
  /** Where the console's tables are. */
  readonly db: Database;
  readonly audit: Pick<AuditAdmin, "add">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long each part is waited for when it is shown, in milliseconds. @default 1_000 */
  readonly patienceMs?: number | undefined;
  /** How long a change may take, in milliseconds. @default 5_000 */
  readonly changeMs?: number | undefined;
}

/** Who did something is kept in so many characters. */
const longestName = 200;

/** Makes it; nothing happens before somebody asks. */
export function outboundAdmin(deps: OutboundAdminDeps): OutboundAdmin {
  const { parts, db, audit, now, patienceMs = 1_000, changeMs = 5_000 } = deps;
  const { apis = [], quota } = parts;

  /** Does it, and writes it down once it is done. How it stood before is asked for a moment, and keeps nobody from changing it. */
  async function change(
    line: {
      readonly action: AuditAction;
      readonly subject: string;
      readonly by: string;
      readonly hold?: HoldDraft;
      readonly was?: () => Promise<object | undefined>;
      readonly after?: object;
    },
    act: (by: string) => unknown,
  ): Promise<void> {
    const { action, subject, hold, was, after } = line;
    const by = line.by.slice(0, longestName);
    const { value: before, troubles } = await part(patienceMs, "What was before", was);
    try {
      await inTime(changeMs, () => act(by));
    } catch (cause) {
      if (cause instanceof AdminError) throw cause;
      if (isConfigError(cause)) throw new AdminError("unsupported", cause.message, { cause });
      const tail = cause instanceof LateError ? "It may have been done: look before you repeat it." : "Try again.";
      throw new AdminError("unavailable", `It could not be done: ${reasonOf(cause)} ${tail}`, { cause });
    }
    // Whoever lets go what nothing holds has changed nothing.
    if (action.endsWith(".resume") && before === undefined && troubles.length === 0) return;
    const { reason: note, untilMs } = hold ?? {};
    await written(audit, {
      ...{ who: by, action, subject },
      ...(before !== undefined && { before }),
      ...(note !== undefined && { note, after: { ...after, reason: note, untilMs: untilMs ?? null } }),
      ...(note === undefined && after !== undefined && { after }),
    });
  }

  function sender(): NonNullable<OutboundParts["quota"]> {
    if (quota !== undefined) return quota;
    throw new AdminError("unsupported", "This app sends no mail.");
  }

  function apiOf(name: string): OutboundApi {
    const found = apis.find((api) => api.name === name);
    if (found !== undefined) return found;
    throw new AdminError("unknown", "There is no API of this name that could be held here.");
  }

  function breakerOf(name: string): NonNullable<OutboundApi["breaker"]> {
    const { breaker } = apiOf(name);
    if (breaker !== undefined) return breaker;
    throw new AdminError("unsupported", `${name} has no circuit breaker.`);
  }

  /** Whoever names no inbox there is would hold all that may come to be called so. */
  async function known(id: string): Promise<string> {
    const listed = await part(patienceMs, "The list of inboxes", parts.inboxes);
    if (listed.value === undefined && parts.inboxes) throw new AdminError("unavailable", listed.troubles.join(" "));
    if (listed.value?.some(({ inbox }) => inbox.id === id)) return id;
    throw new AdminError("unknown", "There is no inbox of this name.");
  }

  return {
    read: () => outboundView({ parts, db, now, patienceMs }),

    async pauseSending(draft, by) {
      const hold = checkedHold(draft, now());
      const { reason, untilMs: until } = hold;
      const held = sender();
      const line = { action: "sending.pause", subject: "sending", by, hold, was: () => sendingBefore(held) } as const;
      await change(line, (by) => held.pause({ reason, until, by }));
    },

    async resumeSending(by) {
      const held = sender();
      const line = { action: "sending.resume", subject: "sending", by, was: () => sendingBefore(held) } as const;
      await change(line, (by) => held.resume({ by }));
    },

    async pauseInbox(id, draft, by) {
      const hold = checkedHold(draft, now());
      const { reason, untilMs: until } = hold;
      const held = sender();
      const inbox = await known(id);
      const line = { action: "inbox.pause", subject: id, by, hold, was: () => inboxBefore(parts, id) } as const;
      await change(line, (by) => held.pause({ inbox, reason, until, by }));
    },

    async resumeInbox(id, by) {
      const held = sender();
      const inbox = await known(id);
      const line = { action: "inbox.resume", subject: id, by, was: () => inboxBefore(parts, id) } as const;
      await change(line, (by) => held.resume({ inbox, by }));
    },

    async releaseInbox(id, by) {
      const { releaseInbox } = parts;
      if (releaseInbox === undefined) throw new AdminError("unsupported", "This app has no way to release an inbox.");
      await known(id);
      await change({ action: "inbox.release", subject: id, by }, async (by) => {
        if (await releaseInbox(id, by)) return;
        throw new AdminError("stale", "No complaint holds this inbox; perhaps somebody has released it meanwhile.");
      });
    },

    async pauseApi(name, draft, by) {
      const hold = checkedHold(draft, now());
      const { reason, untilMs: until } = hold;
      const api = apiOf(name);
      const line = { action: "api.pause", subject: name, by, hold, was: () => apiBefore(api) } as const;
      await change(line, (by) => api.pause({ reason, until, by }));
    },

    async resumeApi(name, by) {
      const api = apiOf(name);
      const line = { action: "api.resume", subject: name, by, was: () => apiBefore(api) } as const;
      await change(line, (by) => api.resume({ by }));
    },

    async openBreaker(name, draft, by) {
      const reason = checkedReason(draft);
      const breaker = breakerOf(name);
      const was = () => breakerBefore(apiOf(name));
      const after = { phase: "isolated" };
      const line = { action: "breaker.isolate", subject: name, by, hold: { reason }, was, after } as const;
      await change(line, (by) => breaker.isolate({ reason, by }));
    },

    async closeBreaker(name, by) {
      const breaker = breakerOf(name);
      const was = () => breakerBefore(apiOf(name));
      const line = { action: "breaker.close", subject: name, by, was, after: { phase: "closed" } } as const;
      await change(line, (by) => breaker.close({ by }));
    },
  };
}
