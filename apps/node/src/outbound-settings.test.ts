import { describe, expect, test } from "vitest";
import { readOutbound } from "./outbound-settings.ts";

const secret = "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t";
const read = (given: Readonly<Record<string, string>>, database = "/data/feeds.sqlite") =>
  readOutbound(given, database);

describe("jobs and mail", () => {
  test("need no setting: jobs run, messages wait, nobody reports, and what is counted lies beside the database", () => {
    expect(read({})).toEqual({
      settings: {
        jobs: true,
        smtp: undefined,
        bounceSecret: undefined,
        prospects: { off: "GROK_API_KEY and MILLION_VERIFIER_API_KEY are not set" },
        allowPrivateFetch: false,
        limitsPath: "/data/outbound.sqlite",
      },
    });
    expect(read({}, ":memory:")).toMatchObject({ settings: { limitsPath: ":memory:" } });
    expect(read({ JOBS: "off", BOUNCE_WEBHOOK_SECRET: secret, OUTBOUND_LIMITS_PATH: "/x/y" })).toMatchObject({
      settings: { jobs: false, bounceSecret: secret, limitsPath: "/x/y" },
    });
  });

  test("fetch from private addresses where that is asked for", () => {
    expect(read({ ALLOW_PRIVATE_FETCH: "1" })).toMatchObject({ settings: { allowPrivateFetch: true } });
  });

  test.each<[url: string, server: object]>([
    ["smtp://mail.example", { host: "mail.example", port: 587, secure: false, requireTLS: false, auth: undefined }],
    ["smtps://mail.example/", { host: "mail.example", port: 465, secure: true, requireTLS: false }],
    ["smtp://[::1]:2525", { host: "::1", port: 2_525 }],
    // A password goes to other machines over TLS alone.
    ["smtp://a%40b:p%2Fw@mail.example", { requireTLS: true, auth: { user: "a@b", pass: "p/w" } }],
    ["smtp://user:pass@127.0.0.1:25", { port: 25, requireTLS: false }],
    ["smtps://user:pass@mail.example", { secure: true, requireTLS: false }],
  ])("reach %s", (url, server) => {
    expect(read({ SMTP_URL: url })).toMatchObject({ settings: { smtp: server } });
  });

  test.each<[given: Record<string, string>, mistake: RegExp]>([
    [{ JOBS: "no" }, /^JOBS="no" is not known; there are on, off\.$/],
    [{ SMTP_URL: "mail.example" }, /^SMTP_URL is set, but not to an address that can be read, such as smtps:/],
    [{ SMTP_URL: `https://u:${secret}@mail.example` }, /^SMTP_URL="https:\/\/\*\*\*@mail\.example" has to begin with/],
    [{ SMTP_URL: `smtp://u:${secret}@mail.example/?pool=1` }, /^SMTP_URL=".*" ends with its port and takes no options/],
    [
      { SMTP_URL: `smtp://:${secret}@mail.example` },
      /^SMTP_URL="smtp:\/\/\*\*\*@mail\.example" has a password and no user/,
    ],
    [{ BOUNCE_WEBHOOK_SECRET: secret.slice(0, 31) }, /^BOUNCE_WEBHOOK_SECRET is set, but has fewer than 32 characters/],
    [{ ALLOW_PRIVATE_FETCH: "true" }, /^ALLOW_PRIVATE_FETCH="true" is not known; leave it out, or set it to 1 where /],
    [{ OUTBOUND_LIMITS_PATH: "limits/" }, /^OUTBOUND_LIMITS_PATH="limits\/" has to be the path of a file\.$/],
    [{ OUTBOUND_LIMITS_PATH: ":memory:" }, /^OUTBOUND_LIMITS_PATH=":memory:" has to be the path of a file\.$/],
  ])("name the mistake in %j, and no secret", (given, mistake) => {
    const found = read(given);
    expect(found).toEqual({ mistakes: [expect.stringMatching(mistake)] });
    expect(JSON.stringify(found)).not.toContain("s3cr3t");
  });
});
