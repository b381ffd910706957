/** How the process is told to end. */

/** Resolves when the process is told to end; a second signal ends it at once. */
export function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals): void => {
      process.off("SIGTERM", end).off("SIGINT", end);
      resolve(signal);
    };
    process.on("SIGTERM", end).on("SIGINT", end);
  });
}
