/** The slots of a Redis Cluster: which of the 16,384 a key lives in, told from its hash tag. */

const utf8 = new TextEncoder();

/** CRC-16 (XMODEM) of what stands between a key's first braces, modulo 16,384. The key has a tag, and none is empty. */
export function slotOf(key: string): number {
  let crc = 0;
  for (const byte of utf8.encode(key.slice(key.indexOf("{") + 1, key.indexOf("}")))) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return crc & 0x3fff;
}
