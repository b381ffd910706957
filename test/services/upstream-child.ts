/** The program of an upstream's own process: starts one, and answers its parent's questions until that goes away. */

import { startUpstream } from "./upstream.ts";
import type { Question, Reply } from "./upstream-process.ts";

const say = (reply: Reply): void => void process.send?.(reply);

try {
  const upstream = await startUpstream(JSON.parse(process.argv[2] ?? "{}"));

  process.on("message", ({ id, method, args }: Question) => {
    try {
      const call = upstream[method] as (...args: readonly unknown[]) => unknown;
      say({ id, value: call(...args) });
    } catch (error) {
      say({ id, error: String(error) });
    }
  });
  // The parent has stopped it, or is gone.
  process.once("disconnect", () => void upstream.stop().then(() => process.exit()));
  say({ id: 0, value: upstream.url });
} catch (error) {
  say({ id: 0, error: String(error) });
  process.disconnect?.();
}
