/** The ninety requests of the tour: four visitors, each of whom asks for one thing a number of times. */

import { account } from "../accounts.ts";
import type { Answer, Running } from "../target.ts";

/** Somebody who asks for one thing. */
export interface Visit {
  readonly name: string;
  readonly times: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sends the tag of the first answer with all others. */
  readonly isPolite?: true;
  readonly client: number;
}

const [free, pro, owner, host] = [account("free", 1), account("pro", 1), account("free", 2), account("enterprise", 1)];

export const visits: readonly Visit[] = [
  { name: "Free user, API", times: 62, path: "/api/me", headers: { authorization: `Bearer ${free.token}` }, client: 1 },
  { name: "Pro user, API", times: 5, path: "/api/me", headers: { authorization: `Bearer ${pro.token}` }, client: 2 },
  { name: "readers of a Free feed", times: 18, path: owner.feed, headers: {}, client: 3 },
  { name: "a polite reader", times: 5, path: host.feed, headers: {}, isPolite: true, client: 4 },
];

/** So many are under way at once; the first of each visit goes alone, so that its numbers are the first ones. */
const callers = 4;

/** Pays one visit; `asked` hears of every answer. */
export async function pay(visit: Visit, { instances }: Running, asked: () => void): Promise<readonly Answer[]> {
  const { path, headers, client, isPolite } = visit;
  const answers: Answer[] = [];
  let sent = 0;
  const send = async (tag: Readonly<Record<string, string>>): Promise<void> => {
    const instance = instances[sent++ % instances.length];
    if (instance === undefined) throw new Error("nothing has been booted");
    answers.push(await instance.send({ path, headers: { ...headers, ...tag }, client }));
    asked();
  };
  await send({});
  const etag = answers[0]?.headers["etag"];
  const tag = isPolite && etag !== undefined ? { "if-none-match": etag } : {};
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (sent < visit.times) await send(tag);
    }),
  );
  return answers;
}
