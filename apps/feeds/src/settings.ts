/** What composition roots share when they read their settings: how a mistake is told, and what an address may be. */

export { type Mistaken, shortened } from "./mistake.ts";
export { addressOf, restToken, restUrl, withoutSecrets } from "./setting-address.ts";
export { bounceSecret, jobsSwitch } from "./setting-outbound.ts";
export { publicUrl, publicUrlCure } from "./setting-public-url.ts";
