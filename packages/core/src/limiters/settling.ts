/** What a request finally costs, told from its response: ready-made rules for `settle`. */

/** Failed requests are given back: only those below status 400 count. */
export function exceptFailures({ status }: Response): number | undefined {
  return status >= 400 ? 0 : undefined;
}

/** Only failed requests count, as a login wants it: below status 400 the charge is given back. */
export function onlyFailures({ status }: Response): number | undefined {
  return status < 400 ? 0 : undefined;
}
