/** One file as a tar archive that says whose it is, as `docker cp` takes it from a pipe on every system. */

/** What to put in. */
export interface Archived {
  /** At most 100 bytes. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The number of the user and the group. */
  readonly owner: number;
}

const block = 512;

/** Gives the archive: a header of one block (POSIX ustar), the file in whole blocks, and two empty blocks. */
export function tarOf({ name, bytes, owner }: Archived): Buffer {
  const header = Buffer.alloc(block);
  const octal = (number: number, digits: number): string => `${number.toString(8).padStart(digits, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(owner, 7), 108);
  header.write(octal(owner, 7), 116);
  header.write(octal(bytes.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  // The checksum counts its own field as blanks.
  header.write(" ".repeat(8), 148);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte),
      6,
    )} `,
    148,
  );
  const padding = Buffer.alloc((block - (bytes.length % block)) % block);
  return Buffer.concat([header, bytes, padding, Buffer.alloc(2 * block)]);
}
