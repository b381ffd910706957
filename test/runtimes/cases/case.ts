/** A case: something that has to hold over HTTP on every target, as data; and the world in which it runs. */

import type { Features } from "@sluice/core/engine";
import { type Account, accountsOf, type Kind } from "../accounts.ts";
import type { Answer, Ask, BootOptions, Running, Target } from "../target.ts";

export interface Case {
  /** Stands for the case in the report, in cases/noticed-by.ts and on the command line; no two share one. */
  readonly name: string;
  /** How the target is booted for it. Cases of equal options share one boot, and no account or client with each other. */
  readonly boot?: Omit<BootOptions, "fault">;
  /** The reason why it cannot be put to this target; undefined where it can. */
  applies?(target: Target): string | undefined;
  /** It breaks the backend, so it runs after all others of its boot, and only where an outage can be made. */
  readonly breaks?: true;
  /** Throws where something does not hold. */
  run(world: World): Promise<void>;
}

/** A request; without a client, one comes that nobody has seen before. */
export type Question = Omit<Ask, "client"> & { readonly client?: number };

export interface World {
  readonly target: Target;
  readonly features: Features;
  readonly running: Running;
  /** An account that nobody else has. */
  account(kind: Kind): Account;
  /** A client that nobody else is. */
  client(): number;
  /** Asks the first instance, or the one of this index. */
  send(question: Question, instance?: number): Promise<Answer>;
}

/** One for all cases of a boot, so that none meets what another has spent. */
const worlds = new WeakMap<Running, World>();

/** The world of a booted target. */
export function worldOf(target: Target, running: Running): World {
  const known = worlds.get(running);
  if (known !== undefined) return known;
  let clients = 0;
  const client = (): number => ++clients;
  const world: World = {
    target,
    features: target.features,
    running,
    account: accountsOf(),
    client,
    send(question, index = 0) {
      const instance = running.instances[index];
      if (instance === undefined) throw new Error(`there is no instance ${index}`);
      return instance.send({ client: client(), ...question });
    },
  };
  worlds.set(running, world);
  return world;
}

/** A request of this account to the API, by default the cheapest there is. */
export function asking({ token }: Pick<Account, "token">, more: Partial<Question> = {}): Question {
  return { path: "/api/me", ...more, headers: { Authorization: `Bearer ${token}`, ...more.headers } };
}
