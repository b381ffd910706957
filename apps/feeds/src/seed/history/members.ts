/** Users of the demo beside those whose tokens everybody knows. Nobody has theirs: they are there to be looked at. */

import { demoId } from "../demo-ids.ts";

/** How somebody uses the API. */
export interface Habit {
  readonly id: string;
  readonly username: string;
  readonly plan: "free" | "pro" | "enterprise";
  /** Requests in a minute of the busiest hour, on average. */
  readonly perMinute: number;
  /** Requests at once that a script of theirs makes, at this minute of every so many hours; absent for people by hand. */
  readonly script?: { readonly units: number; readonly everyHours: number; readonly minute: number } | undefined;
}

/** The first four are those of seed.ts, by their numbers there. */
const demos: readonly Habit[] = [
  habit(0, "free", "free", 0.8, { units: 71, everyHours: 6, minute: 12 }),
  habit(1, "pro", "pro", 3),
  habit(2, "enterprise", "enterprise", 9),
  habit(3, "admin", "enterprise", 0.3),
];

/** Whose scripts ask too fast. */
const scripts: Readonly<Record<string, Habit["script"]>> = {
  goran: { units: 96, everyHours: 1, minute: 0 },
  rosa: { units: 64, everyHours: 3, minute: 30 },
  wim: { units: 210, everyHours: 8, minute: 5 },
};

const names =
  "ada bela chidi dorte emil farah goran hana ines jonas kaja lior mara nils oana piet quentin rosa sven tala umar vera wim xenia yusuf zoe";

const others: readonly Habit[] = names.split(" ").map((name, index) => {
  const plan = index % 9 === 4 ? "enterprise" : index % 3 === 1 ? "pro" : "free";
  const most = { free: 0.5, pro: 2, enterprise: 6 }[plan];
  return habit(index + 4, name, plan, most / (1 + (index % 4)), scripts[name]);
});

/** Who is granted something, by name. */
function idOf(username: string): string {
  const found = others.find((each) => each.username === username);
  if (found === undefined) throw new Error(`the demo has no ${username}`);
  return found.id;
}

/** Whose API limit is raised for a while, as overrides.ts writes it. */
export const raised = { userId: idOf("goran"), api: 90 } as const;

/** Who is blocked, since when. */
export const blocked = { userId: idOf("sven"), agoMs: 5 * 3_600_000 } as const;

/** Whose feed may be read without a limit. */
export const unlimited = { userId: idOf("hana") } as const;

/** Everybody, with the numbers of demo ids. */
export const habits: readonly Habit[] = [...demos, ...others];

/** Who has no account by seed.ts. */
export const members: readonly Habit[] = others;

function habit(
  number: number,
  username: string,
  plan: Habit["plan"],
  perMinute: number,
  script?: Habit["script"],
): Habit {
  return { id: demoId(number), username, plan, perMinute, script };
}
