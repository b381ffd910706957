/** Puts a slow database into the place of D1 before the Worker looks at it. */

import { env } from "cloudflare:workers";

const { DB } = env;

const far = (statement) =>
  new Proxy(statement, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== "function") return value;
      if (name === "bind") return (...values) => far(target.bind(...values));
      return async (...args) => {
        await scheduler.wait(500);
        return await value.apply(target, args);
      };
    },
  });

env.DB = new Proxy(DB, {
  get: (target, name) => (name === "prepare" ? (sql) => far(target.prepare(sql)) : target[name]?.bind?.(target)),
});
