/** What composition roots share when they read their settings: how a mistake is told, and what an address may be. */

export { type Mistaken, mistakesHeard, shortened } from "./mistake.ts";
export { addressOf, restToken, restUrl, withoutSecrets } from "./setting-address.ts";
export { backendName, unusedSettings } from "./setting-backend.ts";
export { metricsToken } from "./setting-metrics.ts";
export { bounceSecret, jobsSwitch, privateFetchSwitch } from "./setting-outbound.ts";
export { type ProspectChoice, prospectServices, prospectSettings } from "./setting-prospects.ts";
export { publicUrl, publicUrlCure } from "./setting-public-url.ts";
