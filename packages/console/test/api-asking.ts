/** Asks the admin API and holds every answer against the API's own description: status, type, schema, keeping. */

import { expect } from "vitest";
import type { Admin } from "../src/admin/admin.ts";
import { adminApi } from "../src/api/admin-api.ts";
import { type Described, described, openApi } from "../src/api/openapi.ts";
import { problem } from "../src/api/problems.ts";
import type { TestConsole } from "./whole-console.ts";

/** The routes, without anybody to answer them. */
export const table: readonly Described[] = described(adminApi({} as Admin, () => {}).routes);

const { paths } = openApi(table) as unknown as { paths: Record<string, Record<string, { responses: object }>> };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: its schema has been checked; tests name what they look at.
  readonly json: any;
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** Asks as the administrator. */
export function asking(it: () => TestConsole): Ask {
  return async (method, path, body, sent) => {
    const { status, headers, ok, ...rest } = await read(await it().ask(method, path, body, sent));
    const route = routeOf(method, path.split("?")[0] ?? "");
    expect(headers.get("Cache-Control")).toBe("no-store");
    if (route === undefined) return { status, headers, ...rest };
    const [expected, , schema] = route.told?.answer ?? [];
    if (ok) {
      expect(status).toBe(expected);
      if (schema !== undefined) expect(schema.safeParse(rest.json).error?.issues).toBeUndefined();
    } else {
      expect(headers.get("Content-Type")).toBe("application/problem+json");
      expect(problem.safeParse(rest.json).error?.issues).toBeUndefined();
      expect(rest.json.status).toBe(status);
      const told = paths[route.path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()]?.responses ?? {};
      expect(Object.keys(told)).toContain(`${status}`);
    }
    return { status, headers, ...rest };
  };
}

async function read(answer: Response): Promise<Answer & { ok: boolean }> {
  const text = await answer.text();
  const isJson = answer.headers.get("Content-Type")?.includes("json") && text !== "";
  return {
    status: answer.status,
    ok: answer.ok,
    headers: answer.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

function routeOf(method: string, path: string): Described | undefined {
  return table.find((route) => {
    const pattern = route.path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+");
    return route.method === method && new RegExp(`^${pattern}$`).test(path);
  });
}
