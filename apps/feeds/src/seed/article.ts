/** An article of the demo data: its headline, its first sentence, and what follows. */

export type Article = readonly [title: string, lead: string, rest: string];
