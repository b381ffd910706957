/** Work that must not delay a response: started once it is on its way, and waited for when the process ends. */

/** `run` starts a task soon; `settled` resolves when none is left. Tasks report their own failures. */
export function backgroundTasks(): { run(task: () => Promise<void>): void; settled(): Promise<void> } {
  const running = new Set<Promise<void>>();
  return {
    run(task) {
      const done = new Promise<void>((resolve) => setImmediate(resolve)).then(task).finally(() => running.delete(done));
      running.add(done);
    },
    async settled() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
