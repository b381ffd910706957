/** Lets Node import the Worker's modules: `cloudflare:workers`, which only workerd has, is nothing but a class to extend. */

import { registerHooks } from "node:module";

const url = "data:text/javascript,export class DurableObject {}";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "cloudflare:workers" ? { url, shortCircuit: true } : next(specifier, context),
});
