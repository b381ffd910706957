/** The description of the API as OpenAPI 3.1, from the routes themselves and the schemas that check them. */

import type { RouterRoute } from "hono/types";
import * as z from "zod/mini";
import { problem } from "./problems.ts";
import { type Said, saidBy, type Told } from "./route.ts";

type Json = { readonly [key: string]: unknown };

/** The document. */
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Json>>;
  readonly components: Json;
}

/** One route with what its handlers say. */
export interface Described {
  readonly method: string;
  /** As Hono writes it: `/plans/:id`. */
  readonly path: string;
  readonly told?: Told | undefined;
  readonly takes: NonNullable<Said["takes"]>[];
}

/** The routes, each once, in their order; what stands in front of all of them is none. */
export function described(routes: readonly RouterRoute[]): readonly Described[] {
  const found = new Map<string, { method: string; path: string; told?: Told; takes: NonNullable<Said["takes"]>[] }>();
  for (const { method, path, handler } of routes) {
    if (method === "ALL") continue;
    const key = `${method} ${path}`;
    const route = found.get(key) ?? { method, path, takes: [] };
    const { told, takes } = saidBy(handler);
    if (told !== undefined) route.told = told;
    if (takes !== undefined) route.takes.push(takes);
    found.set(key, route);
  }
  return [...found.values()];
}

/** Writes the document. */
export function openApi(table: readonly Described[]): OpenApi {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of table) {
    const { told } = route;
    if (told === undefined) continue;
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route, told);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sluice console",
      version: "1",
      description:
        "Plans, overrides, quotas and what was decided. Changes from a browser need the header X-CSRF-Token.",
    },
    // Relative to where this document is read from, wherever the console is mounted.
    servers: [{ url: "../api" }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, "output") },
      responses: {
        Problem: {
          description: "Refused or failed: a title, a sentence with the cure, a code for programs.",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
}

function operation({ method, path, takes }: Described, told: Told): Json {
  const [status, description, schema, type = "application/json"] = told.answer;
  const body = takes.find(([target]) => target === "json");
  const parameters = takes.flatMap(([target, taken]) => (target === "json" ? [] : parametersOf(target, taken)));
  if (told.versioned) parameters.push(ifMatch);
  const refusals = [...(told.refusals ?? []), ...everywhere(method, takes.length > 0, told)];
  return {
    operationId: nameOf(method, path),
    tags: [told.group],
    summary: told.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(body[1], "input") } } },
    }),
    responses: {
      [status]: {
        description,
        ...(schema && { content: { [type]: { schema: schemaOf(schema, "output") } } }),
        ...(!schema && type !== "application/json" && { content: { [type]: { schema: { type: "string" } } } }),
      },
      ...Object.fromEntries(refusals.sort().map((each) => [each, { $ref: "#/components/responses/Problem" }])),
    },
  };
}

/** Refusals that no route has to name. */
function everywhere(method: string, takesSomething: boolean, { versioned }: Told): number[] {
  const changes = method !== "GET";
  return [
    401,
    503,
    ...(takesSomething ? [422] : []),
    ...(changes ? [400, 403, 413, 415] : []),
    ...(versioned ? [428] : []),
  ];
}

const ifMatch: Json = {
  name: "If-Match",
  in: "header",
  description: "The version that is changed, as ETag had it; else it is sent as `version`.",
  schema: { type: "string" },
};

function parametersOf(target: "query" | "param", taken: z.ZodMiniType): Json[] {
  const { properties = {}, required = [] } = schemaOf(taken, "input") as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: target === "param" ? "path" : "query",
    required: target === "param" || required.includes(name),
    schema,
  }));
}

function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** `getPlansById` of GET /plans/:id. */
function nameOf(method: string, path: string): string {
  const words = path.split(/[/.-]/).filter((word) => word !== "");
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const parts = words.map((word) => (word.startsWith(":") ? `By${capital(word.slice(1))}` : capital(word)));
  return method.toLowerCase() + parts.join("");
}
