import { describe, expect, test } from "vitest";
import { prospectServices } from "./setting-prospects.ts";

const secret = "s3cr3t-key";
const keys = { GROK_API_KEY: secret, MILLION_VERIFIER_API_KEY: secret };

function read(given: Readonly<Record<string, unknown>>) {
  const mistakes: string[] = [];
  const choice = prospectServices(given, (mistake) => {
    mistakes.push(mistake);
    return "";
  });
  return { choice, mistakes };
}

describe("services that prospects are looked up with", () => {
  test("are the real ones where their keys are given", () => {
    expect(read(keys)).toEqual({
      mistakes: [],
      choice: {
        services: {
          duckDuckGo: { url: "https://html.duckduckgo.com" },
          grok: { url: "https://api.x.ai", key: secret, model: "grok-4" },
          millionVerifier: { url: "https://api.millionverifier.com", key: secret },
        },
      },
    });
  });

  test("are the operator's, who may have them on his own machine", () => {
    const given = {
      ...keys,
      GROK_URL: "http://127.0.0.1:9/grok/",
      GROK_MODEL: "grok-4-fast",
      MILLION_VERIFIER_URL: "http://10.0.0.1",
      DUCKDUCKGO_URL: "http://[::1]:81",
      SEARCH_BACKUP_URL: "https://search.example/",
      SUPABASE_URL: "https://abc.supabase.co",
      SUPABASE_KEY: "sb",
    };
    expect(read(given).choice).toEqual({
      services: {
        duckDuckGo: { url: "http://[::1]:81" },
        grok: { url: "http://127.0.0.1:9/grok", key: secret, model: "grok-4-fast" },
        millionVerifier: { url: "http://10.0.0.1", key: secret },
        searchBackup: { url: "https://search.example" },
        supabase: { url: "https://abc.supabase.co", key: "sb" },
      },
    });
  });

  test.each([
    [{}, "GROK_API_KEY and MILLION_VERIFIER_API_KEY are not set"],
    [{ GROK_API_KEY: "a" }, "MILLION_VERIFIER_API_KEY is not set"],
    [{ MILLION_VERIFIER_API_KEY: "a", GROK_URL: "http://127.0.0.1" }, "GROK_API_KEY is not set"],
  ])("are not asked without the keys: %j", (given, off) => {
    expect(read(given)).toEqual({ mistakes: [], choice: { off } });
  });

  test.each<[given: Record<string, unknown>, mistake: RegExp]>([
    [{ GROK_URL: "api.x.ai" }, /^GROK_URL is set, but not to an address that can be read, such as https:/],
    [{ GROK_URL: 5 }, /^GROK_URL is set, but not to an address that can be read/],
    [{ GROK_URL: "ftp://api.x.ai" }, /^GROK_URL="ftp:\/\/api\.x\.ai" has to begin with https:\/\/ or http:\/\/$/],
    [
      { DUCKDUCKGO_URL: `https://u:${secret}@duck.example` },
      /^DUCKDUCKGO_URL="https:\/\/\*\*\*@duck\.example" may hold no user, password or options/,
    ],
    [
      { MILLION_VERIFIER_URL: `https://mv.example/?api=${secret}` },
      /^MILLION_VERIFIER_URL="https:\/\/mv\.example" may hold no user, password or options/,
    ],
    [{ GROK_API_KEY: `"${secret}"` }, /^GROK_API_KEY is set, but with blanks, quotes or other signs/],
    [{ MILLION_VERIFIER_API_KEY: `${secret} ` }, /^MILLION_VERIFIER_API_KEY is set, but with blanks/],
    [{ GROK_MODEL: "grok 4" }, /^GROK_MODEL="grok 4" has to be a model's name/],
    [{ SUPABASE_KEY: secret }, /^SUPABASE_KEY needs SUPABASE_URL, /],
    [{ SUPABASE_URL: "https://abc.supabase.co" }, /^SUPABASE_URL needs SUPABASE_KEY, /],
  ])("are named where they are wrong, without what is secret: %j", (given, mistake) => {
    const { mistakes } = read({ ...keys, ...given });
    expect(mistakes).toEqual([expect.stringMatching(mistake)]);
    expect(mistakes.join()).not.toContain(secret);
  });
});
