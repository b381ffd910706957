/** The server behind the front: runs commands as Upstash would, on connections that the front holds. */

import { Redis } from "ioredis";
import { type Answer, failed, type Reply } from "./upstash-front-replies.ts";
import type { Asked } from "./upstash-front-requests.ts";
import type { ScriptTranslation } from "./upstash-front-scripts.ts";

/** Runs what a request asks for. Rejects when the server cannot be reached. */
export interface FrontDatabase {
  run(asked: Asked): Promise<Answer>;
  close(): void;
}

/** What would change a connection that many share, or block it. */
const unavailable =
  /^(multi|exec|discard|watch|unwatch|p?s?(un)?subscribe|monitor|select|auth|hello|quit|reset|client|shutdown|b(l|r|z)\w+)$/i;

/** Commands of each connection are sent once: after a lost connection nobody knows what was carried out. */
const once = {
  protocol: 2,
  // Digits, because ioredis is wrong by one at 2^53 - 1.
  stringNumbers: true,
  enableReadyCheck: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 1,
  retryStrategy: () => 20,
} as const;

/** A user of the server; absent for the one who may do everything. */
export interface ServerUser {
  readonly username: string;
  readonly password: string;
}

export async function frontDatabase(
  redisUrl: string,
  scripts: ScriptTranslation,
  user?: ServerUser,
): Promise<FrontDatabase> {
  const open = (): Redis => {
    const redis = new Redis(redisUrl, { ...once, ...user });
    redis.on("error", () => {});
    return redis;
  };
  const shared = open();
  await shared.ping();

  const one = async (redis: Redis, command: readonly string[]): Promise<Reply> => {
    const [name = "", ...args] = scripts.command(command);
    // In upper case, since ioredis reshapes the replies of commands that it knows by their lower-case names.
    return await replied(redis.callBuffer(name.toUpperCase(), ...args) as Promise<Reply>);
  };

  const checked = async (redis: Redis, command: readonly string[]): Promise<Reply> => {
    const [name = ""] = command;
    if (unavailable.test(name)) return notAvailable(name);
    return scripts.reply(command, await one(redis, command));
  };

  const transaction = async (commands: Asked["commands"]): Promise<Answer> => {
    const [refused] = commands.flatMap(([name = ""]) => (unavailable.test(name) ? [notAvailable(name)] : []));
    if (refused) return failed(400, refused.message);
    const redis = open();
    try {
      const queued = [["MULTI"], ...commands, ["EXEC"]].map((command) => one(redis, command));
      const replies = (await Promise.all(queued)).at(-1) as Reply;
      if (!Array.isArray(replies)) return failed(400, replies instanceof Error ? replies.message : "EXECABORT");
      const own = replies.map((reply: Reply, i) => scripts.reply(commands[i] as readonly string[], reply));
      return { status: 200, body: { replies: own } };
    } finally {
      redis.disconnect();
    }
  };

  return {
    async run({ form, commands }) {
      if (form === "transaction") return await transaction(commands);
      const replies = await Promise.all(commands.map((command) => checked(shared, command)));
      if (form === "pipeline") return { status: 200, body: { replies } };
      const [reply = null] = replies;
      return { status: reply instanceof Error ? 400 : 200, body: { reply } };
    },
    close: () => shared.disconnect(),
  };
}

/** Makes a user of the server that may only read, as Upstash's read-only token may. */
export async function readOnlyUser(redisUrl: string, password: string): Promise<ServerUser> {
  const username = "upstash-read-only";
  const redis = new Redis(redisUrl, once);
  await redis.call("ACL", "SETUSER", username, "reset", "on", `>${password}`, "~*", "+@read", "+@connection");
  redis.disconnect();
  return { username, password };
}

/** An error that the server replied is a reply; any other means that it did not. */
async function replied(reply: Promise<Reply>): Promise<Reply> {
  return await reply.catch((error: Error) => {
    if (error.name === "ReplyError") return error;
    throw error;
  });
}

function notAvailable(name: string): Error {
  return new Error(`ERR Command is not available: '${name}'.`);
}
