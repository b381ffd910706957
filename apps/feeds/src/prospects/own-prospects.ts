/** What signed-in users can do with their prospects. What is not theirs does not exist. */

import type { User } from "../accounts.ts";
import type { Database } from "../database.ts";
import { cursorOf, pageOf } from "../page.ts";
import {
  addProspects,
  countProspects,
  mostProspects,
  type ProspectDraft,
  type ProspectPage,
  type ProspectRecord,
  prospectOf,
  prospectsOf,
} from "./prospect-list.ts";

/** How it is said where an operation gives undefined or a reason. */
export const noProspect = "There is no such prospect.";
export const prospectExists = "You already have a prospect of this name.";
export const prospectsExist = "You already have prospects of all these names.";
export const prospectsFull = `You have as many prospects as anybody may, ${mostProspects}, or would have more.`;

export type OwnProspects = ReturnType<typeof ownProspectsIn>;

/** The operations on a database. */
export function ownProspectsIn(db: Database, now: () => number) {
  return {
    async list(user: User, page: ProspectPage) {
      const { items, nextCursor } = await pageOf(
        page.limit,
        (limit) => prospectsOf(db, user.id, { ...page, limit }),
        ({ createdAtMs: atMs, id }) => cursorOf({ atMs, id }),
      );
      return { prospects: items.map(view), nextCursor };
    },

    async get(user: User, id: string) {
      const found = await prospectOf(db, user.id, id);
      return found && view(found);
    },

    /** Adds those that are new. Where none is, it says why. */
    async add(user: User, drafts: readonly ProspectDraft[]) {
      const added = await addProspects(db, user.id, drafts, now());
      if (added.length === 0) {
        const isFull = (await countProspects(db, user.id)) + drafts.length > mostProspects;
        return isFull ? ("full" as const) : ("known" as const);
      }
      const names = new Set(added.map(({ name }) => name));
      const known = [...new Set(drafts.map(({ name }) => name))].filter((name) => !names.has(name));
      return { prospects: added.map(view), known };
    },
  };
}

function view({ createdAtMs, updatedAtMs, ...rest }: ProspectRecord) {
  return { ...rest, createdAt: new Date(createdAtMs).toISOString(), updatedAt: new Date(updatedAtMs).toISOString() };
}
