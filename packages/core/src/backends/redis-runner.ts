/** Runs scripts through clients of Redis: nothing is sent late, nor left in a client's queue to be sent later. */

import { byShaFirst, type ScriptRunner } from "../remote/scripted-runner.ts";
import { type IoRedis, isIoRedis, type NodeRedis, type RedisClient } from "./redis-client.ts";
import { whenReady } from "./redis-ready.ts";

export function redisRunner(backend: string, client: RedisClient, deadlineMs: number): ScriptRunner {
  return isIoRedis(client) ? ioRedisRunner(backend, client, deadlineMs) : nodeRedisRunner(client, deadlineMs);
}

/** ioredis queues what it cannot send, and sends it when it can: so it is given nothing until it can. */
function ioRedisRunner(backend: string, client: IoRedis, deadlineMs: number): ScriptRunner {
  const ready = whenReady(backend, client, deadlineMs);
  return {
    async run(script, keys, args, deadline) {
      const waiting = ready(keys[0] as string);
      if (waiting !== undefined) await waiting;
      if (deadline.passed) return undefined;
      return await byShaFirst(script, deadline, (command, text) =>
        command === "EVAL"
          ? client.eval(text, keys.length, ...keys, ...args)
          : client.evalsha(text, keys.length, ...keys, ...args),
      );
    },
  };
}

/** node-redis takes a signal with each command, and drops those that it has not sent when it fires. */
function nodeRedisRunner(client: NodeRedis, deadlineMs: number): ScriptRunner {
  return {
    async run(script, keys, args, deadline) {
      // In the place of the client's own timeout, which would be a second timer.
      const scripts = client.withCommandOptions({ abortSignal: AbortSignal.timeout(deadlineMs), timeout: 0 });
      const options = { keys: [...keys], arguments: [...args] };
      return await byShaFirst(script, deadline, (command, text) =>
        command === "EVAL" ? scripts.eval(text, options) : scripts.evalSha(text, options),
      );
    },
  };
}
