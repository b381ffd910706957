/** The way through the login: from what was asked for back to it, and never elsewhere. */

import { afterEach, describe, expect, test } from "vitest";
import { type TestConsole, testConsole, token } from "../test/whole-console.ts";

const open: TestConsole[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function mounted(options: Parameters<typeof testConsole>[0] = {}): Promise<TestConsole> {
  const it = await testConsole(options);
  open.push(it);
  return it;
}

describe("the console's login", () => {
  test.each(["/admin", "/"])(
    "leads on from the login at %s to what was asked for, and never elsewhere",
    async (mount) => {
      const { app, login } = await mounted({ mount });
      const base = mount === "/" ? "" : mount;
      const asked = await app.request(`${base}/users?search=a%26b&plan=pro`);
      const form = await (await app.request(asked.headers.get("Location") ?? "")).text();
      expect(form).toContain('name="to" value="/users?search=a%26b&amp;plan=pro"');
      const landed = async (to: string): Promise<string | null> => {
        const body = new URLSearchParams({ token, to });
        return (await app.request(`${base}/login`, { method: "POST", body })).headers.get("Location");
      };
      expect(await landed("/users?search=a%26b&plan=pro")).toBe(`${base}/users?search=a%26b&plan=pro`);
      for (const elsewhere of [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "/a\r\nX: y",
        "/\t/evil",
      ]) {
        expect([elsewhere, await landed(elsewhere)]).toEqual([elsewhere, base || "/"]);
      }
      const refused = await app.request(`${base}/login`, {
        method: "POST",
        body: new URLSearchParams({ token: "guess", to: "/audit" }),
      });
      expect(await refused.text()).toContain('name="to" value="/audit"');
      // A link from elsewhere comes without the cookie at first.
      const inside = await app.request(`${base}/login?to=/audit`, { headers: await login() });
      expect(inside.headers.get("Location")).toBe(`${base}/audit`);
    },
  );

  test("says that nothing was saved, where a form comes after the session has ended", async () => {
    const { app } = await mounted();
    const sent = await app.request("/admin/users/u1/plan", {
      method: "POST",
      body: new URLSearchParams({ plan: "pro" }),
    });
    expect(sent.status).toBe(303);
    const page = await (await app.request(sent.headers.get("Location") ?? "")).text();
    expect(page).toContain("What you sent was not saved.");
    const out = await app.request("/admin/logout", { method: "POST", body: new URLSearchParams() });
    expect(out.headers.get("Location")).toBe("/admin/login");
  });
});
