/** The ids of demo data: fixed, so that every seeded instance has the same. */

/** A UUID of version 8, whose bits are ours to choose: the demo user, and one of their rows, of which 0 is the user. */
export function demoId(user: number, row = 0): string {
  return `5eed0000-0000-8000-8000-${String(user).padStart(4, "0")}${String(row).padStart(8, "0")}`;
}
