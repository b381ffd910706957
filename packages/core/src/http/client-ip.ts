/** Where a client's address comes from: exactly one source, chosen by whoever knows what stands in front of the app. */

export { type CloudflareOptions, cloudflare } from "./client-ip-cloudflare.ts";
export {
  type ForwardedByCidr,
  type ForwardedByCount,
  type ForwardedOptions,
  forwarded,
} from "./client-ip-forwarded.ts";
export { header } from "./client-ip-header.ts";
export { socket } from "./client-ip-socket.ts";
export type { AddressSource, ClientAddress } from "./client-ip-source.ts";
