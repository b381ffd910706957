/** What a symptom's case is. */

/** For each symptom what brings it about; it gives everything that an operator sees then. */
export type Cases = Readonly<Record<string, () => Promise<string>>>;
