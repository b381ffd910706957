/** Values that may be there already: nobody waits for what is known. */

/** Whether this has to be waited for; query builders answer with promises that are no `Promise`. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === "function";
}

/** Goes on with a value at once, or as soon as it is there. */
export function whenKnown<T, R>(value: T | PromiseLike<T>, use: (known: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? Promise.resolve(value).then(use) : use(value);
}
