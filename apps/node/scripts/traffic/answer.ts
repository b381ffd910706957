/** What an answer tells of the limits: read from its headers alone, so that HEAD tells as much as GET. */

/** The items of a RateLimit field by policy, each with its units left. */
export function limitsIn(field: string | string[] | undefined): ReadonlyMap<string, number> {
  const items = String(field ?? "").matchAll(/"((?:[^"\\]|\\.)*)"([^,]*)/g);
  return new Map(
    [...items].flatMap(([, name = "", parameters = ""]) => {
      const [, left] = /;\s*r=(\d+)/.exec(parameters) ?? [];
      return left === undefined ? [] : [[name, Number(left)] as const];
    }),
  );
}

/** In the order in which the app asks them: who was asked last is who refused. */
const order = ["public-feed", "api", "ip"];

/** The limiters that a request met, as far as the answer shows it. */
export function metBy(path: string, status: number, field: string | string[] | undefined): readonly string[] {
  const shown = limitsIn(field);
  const met = order.filter((name) => shown.has(name));
  // The numbers of a feed are shown on refusals only, and an unknown feed is at its reader's expense.
  if (met.length > 0 || !path.startsWith("/public/")) return met;
  return status === 404 ? ["ip"] : ["public-feed"];
}
