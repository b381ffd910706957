/** Where prospects are looked up, as every composition root checks it; keys are never shown. */

import { type Mistaken, shortened } from "./mistake.ts";
import { addressOf, withoutSecrets } from "./setting-address.ts";

/** A service, by its address without a final slash. */
export interface ServiceAddress {
  readonly url: string;
}

export interface KeyedService extends ServiceAddress {
  readonly key: string;
}

/** The services that are asked. */
export interface ProspectServices {
  readonly duckDuckGo: ServiceAddress;
  readonly grok: KeyedService & { readonly model: string };
  readonly millionVerifier: KeyedService;
  /** Where results are written; without one they are not. */
  readonly supabase?: KeyedService | undefined;
  /** Asked where DuckDuckGo cannot be. */
  readonly searchBackup?: ServiceAddress | undefined;
}

/** Their settings by name, for whoever passes settings on. */
export const prospectSettings = [
  "GROK_API_KEY",
  "GROK_URL",
  "GROK_MODEL",
  "MILLION_VERIFIER_API_KEY",
  "MILLION_VERIFIER_URL",
  "DUCKDUCKGO_URL",
  "SEARCH_BACKUP_URL",
  "SUPABASE_URL",
  "SUPABASE_KEY",
] as const;

/** The services, or why nothing is looked up. */
export type ProspectChoice = { readonly services: ProspectServices } | { readonly off: string };

const defaults = {
  DUCKDUCKGO_URL: "https://html.duckduckgo.com",
  GROK_URL: "https://api.x.ai",
  MILLION_VERIFIER_URL: "https://api.millionverifier.com",
};

/** Reads them. Without the keys that cost money, nobody is asked anything. */
export function prospectServices(given: Readonly<Record<string, unknown>>, mistaken: Mistaken): ProspectChoice {
  const url = (name: string): string | undefined => {
    return given[name] === undefined ? undefined : address(name, given[name], mistaken);
  };
  const key = (name: string): string | undefined => {
    return given[name] === undefined ? undefined : secret(name, given[name], mistaken);
  };
  const duckDuckGo = { url: url("DUCKDUCKGO_URL") ?? defaults.DUCKDUCKGO_URL };
  const backup = url("SEARCH_BACKUP_URL");
  const grok = { url: url("GROK_URL") ?? defaults.GROK_URL, key: key("GROK_API_KEY"), model: model(given, mistaken) };
  const verifier = {
    url: url("MILLION_VERIFIER_URL") ?? defaults.MILLION_VERIFIER_URL,
    key: key("MILLION_VERIFIER_API_KEY"),
  };
  const records = { url: url("SUPABASE_URL"), key: key("SUPABASE_KEY") };
  if ((records.url === undefined) !== (records.key === undefined)) {
    const [missing, there] = records.url === undefined ? ["URL", "KEY"] : ["KEY", "URL"];
    mistaken(`SUPABASE_${there} needs SUPABASE_${missing}, which stands beside it among the project's API settings`);
  }
  const missing = [
    ...(grok.key === undefined ? ["GROK_API_KEY"] : []),
    ...(verifier.key === undefined ? ["MILLION_VERIFIER_API_KEY"] : []),
  ];
  if (grok.key === undefined || verifier.key === undefined) {
    return { off: `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set` };
  }
  return {
    services: {
      duckDuckGo,
      grok: { ...grok, key: grok.key },
      millionVerifier: { ...verifier, key: verifier.key },
      ...(records.url !== undefined &&
        records.key !== undefined && { supabase: { url: records.url, key: records.key } }),
      ...(backup !== undefined && { searchBackup: { url: backup } }),
    },
  };
}

/** An address that requests go to; it may well be a private one, since it is the operator's. */
function address(name: string, given: unknown, mistaken: Mistaken): string {
  const url = typeof given === "string" ? addressOf(given) : undefined;
  if (url === undefined) {
    return mistaken(`${name} is set, but not to an address that can be read, such as https://api.example`);
  }
  const shown = `${name}=${withoutSecrets(url)}`;
  if (!/^https?:$/.test(url.protocol)) return mistaken(`${shown} has to begin with https:// or http://`);
  if (`${url.username}${url.password}${url.search}${url.hash}` !== "") {
    return mistaken(`${shown} may hold no user, password or options; keys have settings of their own`);
  }
  return url.href.replace(/\/+$/, "");
}

function secret(name: string, given: unknown, mistaken: Mistaken): string {
  if (typeof given === "string" && /^[\x21-\x7e]{1,4096}$/.test(given) && !/^["']|["']$/.test(given)) return given;
  return mistaken(`${name} is set, but with blanks, quotes or other signs that no key has; copy it anew`);
}

function model({ GROK_MODEL: given = "grok-4" }: Readonly<Record<string, unknown>>, mistaken: Mistaken): string {
  if (typeof given === "string" && /^[\w.:/-]{1,100}$/.test(given)) return given;
  return mistaken(`GROK_MODEL=${shortened(given)} has to be a model's name, such as grok-4`);
}
