/** Looks for a prospect's site: the first result of a search that is a site of its own. */

import type { Client } from "@sluice/outbound";
import { refusedAddress } from "../gathering/public-address.ts";
import { answered, asJson, at } from "./answers.ts";
import type { Finding, Prospect } from "./prospect.ts";
import { searchPath } from "./prospect-clients.ts";
import { StepError } from "./step-error.ts";

/** Sites that have a page about everybody, and the search's own. */
const aboutEverybody =
  /(^|\.)(wikipedia\.org|wikidata\.org|linkedin\.com|facebook\.com|instagram\.com|x\.com|twitter\.com|youtube\.com|crunchbase\.com|yelp\.com|glassdoor\.com|bloomberg\.com|duckduckgo\.com)$/;

/** As many results are looked at. */
const mostResults = 30;

const robotCheck = "the search takes us for a robot";
const afterRobotCheckMs = 15 * 60_000;

/** Asks the search. Finds a site, or that the prospect has none. */
export async function findSite(search: Client, { name }: Prospect, signal: AbortSignal): Promise<Finding> {
  // What a search takes for an instruction of its own is no part of a name.
  const query = `${name.replace(/[!"\\]/g, " ").trim()} official website`;
  const response = await search(searchPath(query), { signal, redirect: "manual" });
  const isJson = /\bjson\b/i.test(response.headers.get("Content-Type") ?? "");
  const text = await answered("the search", response, { 202: "limit", 403: "limit" });
  if (!isJson && isRobotCheck(text)) {
    // With an ordinary status: the client cannot know. Whoever goes on asking is shut out for longer.
    await search.pause({ forMs: afterRobotCheckMs, reason: robotCheck, by: "prospects" });
    throw new StepError("limit", robotCheck);
  }
  const found = (isJson ? jsonResults(text) : htmlResults(text)).map(siteOf).find((site) => site !== undefined);
  return found === undefined ? { emailState: "none" } : { site: found };
}

/** Results as SearXNG gives them. */
function jsonResults(text: string): readonly string[] {
  const results = at(asJson("the search", text), "results");
  if (!Array.isArray(results)) throw new StepError("answer", "the search answered without results");
  return results.slice(0, mostResults).flatMap((result) => {
    const url = at(result, "url");
    return typeof url === "string" ? [url] : [];
  });
}

/** Results as DuckDuckGo's page for simple browsers has them. */
function htmlResults(text: string): readonly string[] {
  const links: string[] = [];
  for (const [tag] of text.matchAll(/<a\s[^<>]{1,4000}>/gi)) {
    if (!/\sclass\s*=\s*["'][^"']*\bresult__a\b/i.test(tag)) continue;
    const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag);
    const link = (href?.[1] ?? href?.[2])?.replaceAll("&amp;", "&");
    if (link !== undefined) links.push(link);
    if (links.length === mostResults) break;
  }
  if (links.length > 0 || /\bno-results?\b/.test(text)) return links;
  throw new StepError("answer", "the search answered what is no page of results");
}

/** A page that asks to prove that one is human. It does not mean that there is no site. */
function isRobotCheck(text: string): boolean {
  return /anomaly-modal|challenge-form|bots use DuckDuckGo/.test(text) && !/\bresult__a\b/.test(text);
}

/** The origin of a result, if it is a site of its own. */
function siteOf(link: string): string | undefined {
  const url = webAddress(link);
  if (url === undefined) return undefined;
  // The search counts clicks by way of an address of its own.
  const target = /(^|\.)duckduckgo\.com$/.test(url.hostname) ? url.searchParams.get("uddg") : link;
  const site = target === null ? undefined : webAddress(target);
  if (site === undefined || aboutEverybody.test(site.hostname)) return undefined;
  // Nobody is at home on a network of ours.
  if (refusedAddress(new URL(site.origin), false) !== undefined) return undefined;
  return site.origin.length <= 300 ? site.origin : undefined;
}

function webAddress(text: string): URL | undefined {
  const base = "https://duckduckgo.com";
  const url = text.length <= 4_096 && URL.canParse(text, base) ? new URL(text, base) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}
