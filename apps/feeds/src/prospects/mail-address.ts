/** Whether text is one plain mail address: of signs that need no quoting, and of a length that mail allows. */

const address =
  /^[a-z\d.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]{0,61}[a-z\d]$/i;

export function isMailAddress(value: unknown): value is string {
  return typeof value === "string" && value.length <= 254 && address.test(value);
}
