/** Whether two texts are the same, in a time that tells nothing of where they differ. */

const encoder = new TextEncoder();

/** Compares digests, so that not even the length is told by the time it takes. */
export async function sameText(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(one), digest(other)]);
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}
