/** Lookups of users, and whose last one brought nothing: what is remembered of them may be older than an edit. */

/** How users are looked up. */
export interface LookupsOptions<U> {
  readonly lookup: (userId: string) => Promise<U>;
  readonly now: () => number;
}

/** Lookups with a memory for those that failed. */
export interface Lookups<U> {
  readonly lookup: (userId: string) => Promise<U>;
  /** Once the database answers again: names everybody who is to be looked up anew, by nothing for all of them. */
  behind(name: (userId?: string) => void): void;
}

/** Beyond so many it is everybody. */
const mostUsers = 10_000;

/** A lookup that takes longer may still come; one that takes this long, in milliseconds, does not. */
const hungMs = 10_000;

/** Remembers lookups that failed or hang. */
export function lookups<U>({ lookup, now }: LookupsOptions<U>): Lookups<U> {
  const failed = new Set<string>();
  // When the lookups under way began.
  const waiting = new Map<string, number>();
  let isEverybody = false;

  const fail = (userId: string): void => {
    if (failed.size < mostUsers) failed.add(userId);
    else isEverybody = true;
  };

  return {
    async lookup(userId) {
      const since = now();
      if (waiting.size < mostUsers) waiting.set(userId, since);
      else fail(userId);
      try {
        const user = await lookup(userId);
        failed.delete(userId);
        return user;
      } catch (error) {
        fail(userId);
        throw error;
      } finally {
        if (waiting.get(userId) === since) waiting.delete(userId);
      }
    },
    behind(name) {
      for (const [userId, since] of waiting) {
        if (now() - since < hungMs) continue;
        waiting.delete(userId);
        fail(userId);
      }
      if (isEverybody) name();
      else for (const userId of failed) name(userId);
      failed.clear();
      isEverybody = false;
    },
  };
}
