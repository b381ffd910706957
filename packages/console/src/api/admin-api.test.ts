/** The table of routes: everything in it is described, guarded, and published as it is. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asking, table } from "../../test/api-asking.ts";
import { type TestConsole, testConsole } from "../../test/whole-console.ts";

let it: TestConsole;
beforeEach(async () => {
  it = await testConsole();
});
afterEach(() => it.close());

const ask = asking(() => it);

describe("the table of routes", () => {
  test("describes every route once, and every part of a path", () => {
    expect(table.length).toBeGreaterThan(35);
    for (const { method, path, told, takes } of table) {
      expect([method, path, told?.summary]).toEqual([method, path, expect.stringMatching(/^[A-Z].{7,}/)]);
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      const params = takes
        .filter(([target]) => target === "param")
        .flatMap(([, schema]) => Object.keys((schema as never)["shape"]));
      expect([path, params]).toEqual([path, named]);
    }
  });

  test("asks everybody who they are", async () => {
    for (const { method, path } of table) {
      const where = `/admin/api${path.replaceAll(/:\w+/g, "1")}`;
      for (const each of new Set([method, method === "GET" ? "HEAD" : method])) {
        const answer = await it.app.request(where, { method: each });
        expect([each, where, answer.status]).toEqual([each, where, 401]);
        expect(answer.headers.get("WWW-Authenticate")).toMatch(/./);
      }
    }
    expect((await it.app.request("/admin/live")).status).toBe(401);
    expect((await it.app.request("/admin/api/nothing")).status).toBe(401);
  });

  test("takes no change without the token of the session, or from another site", async () => {
    const { Cookie, "X-CSRF-Token": csrf } = await it.login();
    const before = it.database.sqlite.prepare("select count(*) as n from sluice_audit_log").get();
    for (const { method, path } of table.filter((route) => route.method !== "GET")) {
      const where = `/admin/api${path.replaceAll(/:\w+/g, "1")}`;
      const status = async (headers: Record<string, string>): Promise<string> => {
        const answer = await it.app.request(where, { method, headers: { Cookie, ...headers } });
        return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
      };
      expect([where, await status({})]).toEqual([where, "403 csrf"]);
      const foreign = { "X-CSRF-Token": csrf, Origin: "https://evil.example" };
      expect([where, await status(foreign)]).toEqual([where, "403 cross-origin"]);
    }
    expect(it.database.sqlite.prepare("select count(*) as n from sluice_audit_log").get()).toEqual(before);
  });

  test("is published as OpenAPI 3.1, with a schema for whatever is sent and answered", async () => {
    const { json } = await ask("GET", "/openapi.json");
    expect(json.openapi).toBe("3.1.0");
    const operations = Object.values(json.paths as Record<string, Record<string, never>>).flatMap((path) =>
      Object.values(path),
    );
    expect(operations).toHaveLength(table.length);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const put = json.paths["/plans/{id}"].put;
    expect(put.parameters.map(({ name, in: where }: { name: string; in: string }) => [name, where])).toEqual([
      ["id", "path"],
      ["If-Match", "header"],
    ]);
    const sent = put.requestBody.content["application/json"].schema;
    expect(sent.additionalProperties).toBe(false);
    expect(sent.properties.limits.additionalProperties.anyOf[0]).toMatchObject({
      type: "integer",
      minimum: 0,
      maximum: 1e9,
    });
    expect(Object.keys(put.responses)).toEqual([
      "200",
      "400",
      "401",
      "403",
      "404",
      "409",
      "413",
      "415",
      "422",
      "428",
      "503",
    ]);
    expect(json.components.schemas.Problem.required).toEqual(["title", "status", "detail", "code"]);
  });
});
