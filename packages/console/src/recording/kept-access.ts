/** A read of a feed as it is kept: with texts of strangers cut. */

import { keptUserAgent, recordedText } from "./recorded-text.ts";
import type { FeedAccess } from "./recorder.ts";

export function keptAccess(access: FeedAccess): FeedAccess {
  return {
    feedId: recordedText(access.feedId),
    ownerId: recordedText(access.ownerId),
    atMs: access.atMs,
    address: recordedText(access.address),
    userAgent: recordedText(access.userAgent, keptUserAgent),
    status: access.status,
    decision: recordedText(access.decision),
  };
}
