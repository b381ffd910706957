/** Keys made before anything is measured: flat strings with their hashes computed. */

export function keys(count: number): string[] {
  const made = Array.from({ length: count }, (_, i) => `client:${String(i).padStart(8, "0")}`);
  // Looking a string up flattens it and stores its hash; neither is to be counted as anybody's.
  const seen = new Set(made);
  if (seen.size !== count) throw new Error("keys repeat");
  return made;
}

/** Fisher and Yates with a fixed seed: the same order for everybody. */
export function inRandomOrder(names: string[]): string[] {
  let seed = 42;
  for (let i = names.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const j = seed % (i + 1);
    [names[i], names[j]] = [names[j] as string, names[i] as string];
  }
  return names;
}
