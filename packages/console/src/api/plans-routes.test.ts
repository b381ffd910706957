/** Plans over the API: versions, mistakes, and fields that nobody may set. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asking } from "../../test/api-asking.ts";
import { type TestConsole, testConsole } from "../../test/whole-console.ts";

let it: TestConsole;
beforeEach(async () => {
  it = await testConsole();
});
afterEach(() => it.close());

const ask = asking(() => it);
const draft = { name: "Team", limits: { api: 600, publicFeed: "unlimited" }, priceCents: 900, features: ["Mail"] };

describe("plans", () => {
  test("are listed, made, read, changed and removed", async () => {
    const made = await ask("POST", "/plans", { id: "team", ...draft });
    const { version } = made.json;
    expect([made.status, made.headers.get("ETag")]).toEqual([201, `"${version}"`]);
    const changed = await ask("PUT", "/plans/team", { ...draft, name: "Teams", version });
    expect([changed.status, changed.headers.get("ETag"), changed.json.name]).toEqual([
      200,
      `"${version + 1}"`,
      "Teams",
    ]);
    const read = await ask("GET", "/plans/team");
    expect([read.headers.get("ETag"), read.json.limits]).toEqual([`"${version + 1}"`, draft.limits]);
    expect((await ask("GET", "/plans")).json.map(({ id }: { id: string }) => id)).toContain("team");
    expect((await ask("DELETE", "/plans/team", undefined, { "If-Match": `"${version + 1}"` })).status).toBe(204);
    expect((await ask("GET", "/plans/team")).status).toBe(404);
    const lines = it.database.sqlite.prepare("select who, action from sluice_audit_log where subject = 'team'").all();
    expect(lines).toEqual(["plan.create", "plan.update", "plan.remove"].map((action) => ({ who: "root", action })));
  });

  test("are changed by the version that was read, and by no other", async () => {
    const { version } = (await ask("GET", "/plans/pro")).json;
    const pro = { ...draft, name: "Pro" };
    expect((await ask("PUT", "/plans/pro", { ...pro, version })).status).toBe(200);
    const second = await ask("PUT", "/plans/pro", { ...pro, name: "Mine", version });
    expect([second.status, second.json.code]).toEqual([409, "stale"]);
    expect((await ask("PUT", "/plans/pro", pro, { "If-Match": `"${version}"` })).json.code).toBe("stale");
    // As a proxy that compresses leaves it.
    const weak = { "If-Match": `W/"${version + 1}"` };
    expect((await ask("PUT", "/plans/pro", { ...pro, features: [] }, weak)).status).toBe(200);
    expect((await ask("PUT", "/plans/pro", pro, weak)).json.code).toBe("stale");
    expect((await ask("PUT", "/plans/pro", pro)).status).toBe(428);
    expect((await ask("DELETE", "/plans/pro")).status).toBe(428);
    for (const header of ["*", "1", 'w/"1"', "W/1", '"1", "2"', '""']) {
      expect([header, (await ask("PUT", "/plans/pro", pro, { "If-Match": header })).status]).toEqual([header, 422]);
    }
    const both = await ask("PUT", "/plans/pro", { ...pro, version: version + 1 }, { "If-Match": `"${version}"` });
    expect(both.json).toMatchObject({ code: "invalid", field: "version" });
    expect((await ask("GET", "/plans/pro")).json.name).toBe("Pro");
  });

  test("refuse what makes no sense, and say where", async () => {
    const refused = async (body: unknown): Promise<[number, string?]> => {
      const { status, json } = await ask("POST", "/plans", body);
      return [status, json.field];
    };
    const plan = { id: "team", ...draft };
    expect(await refused({ ...plan, limits: { ...draft.limits, api: -1 } })).toEqual([422, "limits.api"]);
    expect(await refused({ ...plan, limits: { ...draft.limits, api: 1e12 } })).toEqual([422, "limits.api"]);
    expect(await refused({ ...plan, limits: { ...draft.limits, api: null } })).toEqual([422, "limits.api"]);
    expect(await refused({ ...plan, limits: { ...draft.limits, api: "60" } })).toEqual([422, "limits.api"]);
    expect((await refused({ ...plan, limits: { api: 5 } }))[0]).toBe(422);
    expect((await refused({ ...plan, limits: { ...draft.limits, mail: 5 } }))[0]).toBe(422);
    expect(await refused({ ...plan, id: "No Such" })).toEqual([422, "id"]);
    expect((await refused({ ...plan, id: "pro" }))[0]).toBe(409);
    expect(await refused({ ...plan, name: "x".repeat(101) })).toEqual([422, "name"]);
    expect(await refused({ ...plan, priceCents: 0.5 })).toEqual([422, "priceCents"]);
    expect(await refused([])).toEqual([422, undefined]);
    expect(await refused(null)).toEqual([422, undefined]);
    const { version } = (await ask("GET", "/plans/free")).json;
    expect((await ask("DELETE", `/plans/free?version=${version}`)).json.code).toBe("in-use");
  });

  test("take no field that is not the form's: no version, no dates, no count", async () => {
    for (const field of ["version", "createdAtMs", "users", "servedBy", "__proto__", "constructor"]) {
      const body = JSON.parse(
        `{"id":"team","name":"Team","limits":{"api":1,"publicFeed":1},"priceCents":0,"features":[],"${field}":7}`,
      );
      const { status, json } = await ask("POST", "/plans", body);
      expect([field, status, json.field]).toEqual([field, 422, field]);
    }
    expect((await ask("GET", "/plans/team")).status).toBe(404);
    const hostile = JSON.parse('{"units":5,"note":"x","version":0,"grantedBy":"someone else"}');
    expect((await ask("PUT", "/users/u1/overrides/api", hostile)).json.field).toBe("grantedBy");
  });

  test("tell what limits would have denied, and change nothing", async () => {
    const { status, json } = await ask("POST", "/plans/free/what-if", { limits: { api: 5, publicFeed: "unlimited" } });
    expect([status, json.api]).toEqual([200, expect.objectContaining({ asked: 0, denied: 0 })]);
    expect((await ask("GET", "/plans/free")).json.limits.api).toBe(60);
  });
});
