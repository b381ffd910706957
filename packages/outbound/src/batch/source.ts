/** Where items come from: pulled one at a time, and closed when the batch ends before they do. */

/** Anything that `for` or `for await` can go through. */
export type Items<Item> = Iterable<Item> | AsyncIterable<Item>;

export interface Source<Item> {
  /** The next item; rejects with the signal's reason once it is aborted, however long the source takes. */
  pull(signal: AbortSignal): IteratorResult<Item> | Promise<IteratorResult<Item>>;
  /** Tells the source that nothing more is wanted. */
  close(): Promise<void>;
}

export function source<Item>(items: Items<Item>): Source<Item> {
  const iterator =
    Symbol.asyncIterator in items
      ? (items as AsyncIterable<Item>)[Symbol.asyncIterator]()
      : (items as Iterable<Item>)[Symbol.iterator]();
  let isOpen = true;
  let isPulling = false;

  return {
    pull(signal) {
      const seen = (result: IteratorResult<Item>): IteratorResult<Item> => {
        if (result.done === true) isOpen = false;
        return result;
      };
      // A source that throws has closed itself.
      isOpen = false;
      const next = iterator.next();
      isOpen = true;
      if (!("then" in next)) return seen(next);
      isPulling = true;
      const settled = next.then(
        (result) => {
          isPulling = false;
          return seen(result);
        },
        (error) => {
          isPulling = false;
          isOpen = false;
          throw error;
        },
      );
      return unlessAborted(settled, signal);
    },

    async close() {
      if (!isOpen) return;
      isOpen = false;
      const closing = iterator.return?.();
      // A generator that waits for its next item closes when that has come, which may be never.
      if (isPulling) Promise.resolve(closing).catch(() => {});
      else await closing;
    },
  };
}

/** With a listener for this one promise: a race with one promise for all of them would keep every one that lost it. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();
    promise.finally(() => signal.removeEventListener("abort", aborted)).then(resolve, reject);
  });
}
