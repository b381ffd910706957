/** Feeds elsewhere on loopback, whose answers can be changed, and the product that reads them. */

import {
  startUpstream,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamOptions,
  type UpstreamRequest,
} from "@sluice/test-services/upstream";
import { afterEach } from "vitest";
import { minuteMs, type SubscribedOptions, subscribed } from "./subscribed.ts";

export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
const started: Upstream[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

export type Answer = (request: UpstreamRequest) => UpstreamAnswer | Promise<UpstreamAnswer>;

export async function upstream(answer: Answer, options: UpstreamOptions = {}): Promise<Upstream> {
  const one = await startUpstream({ ...options, answer });
  started.push(one);
  return one;
}

/** An upstream whose answer can be changed, and the product that reads it. */
export async function reading(first: Answer | string, options?: SubscribedOptions) {
  const requests: UpstreamRequest[] = [];
  const given = (answer: Answer | string): Answer => (typeof answer === "string" ? () => ({ body: answer }) : answer);
  const now = { answer: given(first) };
  const elsewhere = await upstream((request) => {
    requests.push(request);
    return now.answer(request);
  });
  const product = await subscribed(options);
  return {
    ...product,
    elsewhere,
    requests,
    url: `${elsewhere.url}/feed.xml`,
    answer: (answer: Answer | string) => {
      now.answer = given(answer);
    },
    async row() {
      const [row] = await product.rows();
      if (row === undefined) throw new Error("there is no subscription");
      return row;
    },
    /** How long it is until the next fetch, in minutes. */
    async restMinutes() {
      const [row] = await product.rows();
      return Math.round(((row?.nextFetchAtMs ?? 0) - (row?.lastFetchAtMs ?? 0)) / minuteMs);
    },
  };
}
