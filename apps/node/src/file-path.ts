/** Paths of SQLite files and of others, as settings name them. */

/** Whether it can be the path of a file that is to be written. */
export function isFilePath(path: string): boolean {
  return !path.includes("\0") && !/[\\/]$/.test(path);
}

/** SQLite's names for a database without a file. */
export function isInMemory(path: string): boolean {
  return path === ":memory:" || path.startsWith("file:");
}
