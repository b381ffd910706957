/** The app's tRPC API as its clients call it, over each of tRPC's links. */

import type { FeedsRouter } from "@sluice/feeds";
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  isTRPCClientError,
  type TRPCClient,
  type TRPCClientError,
} from "@trpc/client";

/** How a client sends calls: each alone, or together those of one moment, answered at once or one by one. */
export const links = { single: httpLink, batch: httpBatchLink, stream: httpBatchStreamLink } as const;

export type LinkName = keyof typeof links;

export type FeedsClient = TRPCClient<FeedsRouter>;

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** A client that signs in with a token, and has its requests sent. */
export function feedsClient(link: LinkName, token: string, send: Send): FeedsClient {
  const headers = { Authorization: `Bearer ${token}` };
  const fetch = async (input: unknown, init?: object) => send(String(input), init ?? {});
  return createTRPCClient<FeedsRouter>({ links: [links[link]({ url: "http://feeds.example/trpc", headers, fetch })] });
}

/** What a call failed with; anything but an error of tRPC's client is thrown. */
export async function failureOf(call: Promise<unknown>): Promise<TRPCClientError<FeedsRouter>> {
  try {
    await call;
  } catch (error) {
    if (isTRPCClientError<FeedsRouter>(error)) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

/** The response that an error came in. */
export function responseOf({ meta }: TRPCClientError<FeedsRouter>): Response {
  if (meta?.["response"] instanceof Response) return meta["response"];
  throw new Error("the call failed without a response");
}
