/** What the services answer when nothing is wrong, in the shapes of the real ones. */

import type { UpstreamAnswer, UpstreamRequest } from "@sluice/test-services/upstream";
import { everybody, type Prospect, type ServiceName } from "./world.ts";

/** The prospects by what requests tell of them. */
export interface Knowledge {
  named(text: string): Prospect | undefined;
  addressed(email: string | null): Prospect | undefined;
}

export function knowledge(prospects: number): Knowledge {
  const all = everybody(prospects);
  const byName = new Map(all.map((one) => [one.name, one]));
  const byEmail = new Map(all.map((one) => [one.email, one]));
  const name = new RegExp(`\\b(?:${all.map((one) => one.name).join("|")})\\b`);
  return {
    named: (text) => byName.get(name.exec(text)?.[0] ?? ""),
    addressed: (email) => (email === null ? undefined : byEmail.get(email)),
  };
}

/** An answer, and the number of the prospect that it is about; 0 where the request told of none. */
export type Answer = UpstreamAnswer & { readonly status: number; readonly subject: number };

/** The answer to a request that is understood; 404 or 400 to any other. */
export function answerOf(service: ServiceName, request: UpstreamRequest, known: Knowledge): Answer {
  const url = new URL(request.path, "http://service.example");
  const what = `${request.method} ${url.pathname}`;
  const unknown: Answer = { status: 400, body: "", subject: 0 };
  if (what !== requests[service]) return { ...unknown, status: 404 };
  switch (service) {
    case "search": {
      const found = known.named(url.searchParams.get("q") ?? "");
      return found === undefined ? unknown : page(found);
    }
    case "grok": {
      const found = known.named(request.body);
      return found === undefined ? unknown : completion(found);
    }
    case "millionVerifier": {
      const found = known.addressed(url.searchParams.get("email"));
      return found === undefined ? unknown : verdict(found);
    }
    case "supabase": {
      const found = known.named(request.body);
      return found === undefined ? unknown : { status: 201, body: "", subject: found.n };
    }
  }
}

const requests: Readonly<Record<ServiceName, string>> = {
  search: "GET /html/",
  grok: "POST /v1/chat/completions",
  millionVerifier: "GET /api/v3/",
  supabase: "POST /rest/v1/prospects",
};

function page({ n, name, site }: Prospect): Answer {
  const link = (url: string, title: string): string =>
    `<a rel="nofollow" class="result__a" href="//duckduckgo.com/l/?uddg=${encodeURIComponent(url)}&amp;rut=${n}">${title}</a>`;
  // First comes what is about everybody.
  const aside = link(`https://www.linkedin.com/company/${encodeURIComponent(name)}`, `${name} | LinkedIn`);
  const results = site === undefined ? "" : `${aside}\n${link(`${site}about?from=search`, name)}`;
  const none = `<div class="no-results">No results.</div>`;
  const body = `<!DOCTYPE html><html><body><div class="results">${results || none}</div></body></html>`;
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body, subject: n };
}

function completion({ n, email }: Prospect): Answer {
  const content = JSON.stringify({ email: email ?? null });
  const usage = { prompt_tokens: 180 + (n % 40), completion_tokens: 12, total_tokens: 192 + (n % 40) };
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  return { status: 200, body: JSON.stringify({ id: `chat-${n}`, choices, usage }), subject: n };
}

function verdict({ n, email, verdict: result }: Prospect): Answer {
  const resultcode = ["", "ok", "catch_all", "unknown", "error", "disposable", "invalid"].indexOf(result);
  return { status: 200, body: JSON.stringify({ email, result, resultcode, credits: 1_000, error: "" }), subject: n };
}
