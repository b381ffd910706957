/** What the tests use of the platform and of its test functions. */

declare module "cloudflare:workers" {
  export const env: unknown;
}

declare module "cloudflare:test" {
  export function runInDurableObject<R>(
    stub: unknown,
    callback: (instance: object, state: { readonly storage: object }) => R | Promise<R>,
  ): Promise<R>;
  export function runDurableObjectAlarm(stub: unknown): Promise<boolean>;
  export function evictDurableObject(stub: unknown): Promise<void>;
  export function evictAllDurableObjects(): Promise<void>;
  export function abortAllDurableObjects(): Promise<void>;
  export function listDurableObjectIds(namespace: unknown): Promise<readonly object[]>;
  export function reset(): Promise<void>;
}
