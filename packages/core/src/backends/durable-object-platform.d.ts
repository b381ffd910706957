/** The few members of a Durable Object's platform that the backend uses; whoever has Cloudflare's own types has these too. */

declare module "cloudflare:workers" {
  export abstract class DurableObject {
    protected readonly ctx: { readonly storage: import("./durable-object-rows.ts").ObjectStorage };
    protected readonly env: unknown;
    constructor(ctx: unknown, env: unknown);
    alarm?(): void | Promise<void>;
  }
}
