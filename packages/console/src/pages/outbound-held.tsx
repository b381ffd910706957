/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What is held, before everything else and loudly: with why, until when, and the button that lets it go. */

import type { ApiRow, InboxRow, OutboundView } from "../admin/outbound-admin.ts";
import type { View } from "./frame.ts";
import { LetGo, PauseWords } from "./outbound-hold.tsx";
import { Notice, Time } from "./parts.tsx";

export const sendingHeld = { kind: "sending", name: "sending", title: "all sending", prefix: "sending" } as const;

export function inboxHeld({ id, address }: InboxRow, at: number) {
  return { kind: "inbox", name: id, title: address, prefix: `inbox-${at}` } as const;
}

export function apiHeld({ name }: ApiRow, at: number) {
  return { kind: "api", name, title: name, prefix: `api-${at}` } as const;
}

/** The pause of an API itself: a limit that it shares with others stands among them by its own name, and is let go there. */
export function apiPause({ name, limits }: Pick<ApiRow, "name" | "limits">) {
  return limits.find((limit) => limit.name === name && limit.paused !== undefined)?.paused;
}

export function Held({ outbound }: { outbound: OutboundView }): View {
  const { sending, apis } = outbound;
  return (
    <>
      {sending?.paused && (
        <Notice tone="bad" title="All sending is paused:">
          <span>
            <PauseWords pause={sending.paused} />
          </span>
          <LetGo of={sendingHeld} deed="resume" label="Resume" confirm="Resume all sending?" />
        </Notice>
      )}
      {sending?.inboxes.map((inbox, at) => (
        <InboxNotice inbox={inbox} at={at} />
      ))}
      {apis.map((api, at) => (
        <ApiNotice api={api} at={at} />
      ))}
    </>
  );
}

function InboxNotice({ inbox, at }: { inbox: InboxRow; at: number }): View {
  const of = inboxHeld(inbox, at);
  return (
    <>
      {inbox.paused && (
        <Notice tone="bad" title="Inbox paused:">
          <span>
            <bdi>{inbox.address}</bdi>: <PauseWords pause={inbox.paused} />
          </span>
          <LetGo of={of} deed="resume" label="Resume" confirm={`Let ${inbox.address} send again?`} />
        </Notice>
      )}
      {inbox.held && (
        <Notice tone="bad" title="Inbox held after a complaint:">
          <span>
            <bdi>{inbox.address}</bdi>
            {inbox.heldReason && (
              <>
                : <bdi>{inbox.heldReason}</bdi>
              </>
            )}
          </span>
          <LetGo
            of={of}
            deed="release"
            label="Release"
            confirm={`Release ${inbox.address}? It goes on with its warm-up.`}
          />
        </Notice>
      )}
    </>
  );
}

function ApiNotice({ api, at }: { api: ApiRow; at: number }): View {
  const of = apiHeld(api, at);
  const paused = apiPause(api);
  const { breaker } = api;
  const isOpen = breaker !== undefined && breaker.phase !== "closed";
  return (
    <>
      {paused && (
        <Notice tone="bad" title="API paused:">
          <span>
            <bdi>{api.name}</bdi>: <PauseWords pause={paused} />
          </span>
          <LetGo of={of} deed="resume" label="Resume" confirm={`Resume calls of ${api.name}?`} />
        </Notice>
      )}
      {isOpen && (
        <Notice
          tone="bad"
          title={breaker.phase === "isolated" ? "Breaker opened by hand:" : `Breaker ${breaker.phase}:`}
        >
          <span>
            <bdi>{api.name}</bdi>
            {breaker.reason && (
              <>
                : <bdi>{breaker.reason}</bdi>
              </>
            )}{" "}
            <span class="quiet">
              since <Time at={breaker.sinceMs} />
              {breaker.by && (
                <>
                  , by <bdi>{breaker.by}</bdi>
                </>
              )}
            </span>
          </span>
          <LetGo of={of} deed="close" label="Close the breaker" confirm={`Close the breaker of ${api.name}?`} />
        </Notice>
      )}
    </>
  );
}
