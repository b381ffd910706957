/** Scripts between Upstash and Redis: Redis knows no `allow-key-locking`, so it gets another text under another SHA. */

import { createHash } from "node:crypto";
import type { Reply } from "./upstash-front-replies.ts";

/** Turns a command into what the server understands, and its reply into what the client expects. */
export interface ScriptTranslation {
  command(command: readonly string[]): readonly string[];
  reply(command: readonly string[], reply: Reply): Reply;
}

const flag = "allow-key-locking";

/** Remembers under which SHA the server has a script that the client knows by another. */
export function scriptTranslation(): ScriptTranslation {
  const serverShas = new Map<string, string>();

  const serverText = (text: string): string => {
    const translated = withoutFlag(text);
    if (translated !== text) serverShas.set(sha1(text), sha1(translated));
    return translated;
  };
  const serverSha = (sha: string): string => serverShas.get(sha.toLowerCase()) ?? sha;

  return {
    command(command) {
      const [name = "", first = "", second = "", ...rest] = command;
      switch (name.toUpperCase()) {
        case "EVAL":
        case "EVAL_RO":
          return [name, serverText(first), ...command.slice(2)];
        case "EVALSHA":
        case "EVALSHA_RO":
          return [name, serverSha(first), ...command.slice(2)];
        case "SCRIPT":
          if (/^load$/i.test(first)) return [name, first, serverText(second), ...rest];
          if (/^exists$/i.test(first)) return [name, first, ...command.slice(2).map(serverSha)];
          return command;
        default:
          return command;
      }
    },

    reply([name = "", subcommand = "", text = ""], reply) {
      const isLoad = /^script$/i.test(name) && /^load$/i.test(subcommand);
      return isLoad && Buffer.isBuffer(reply) ? Buffer.from(sha1(text)) : reply;
    },
  };
}

/** The script with other flags only; the flag's promise, to touch no key that is not declared, is kept by a line of Lua. */
function withoutFlag(text: string): string {
  const shebang = /^#!lua\s+flags=(\S*)[^\n]*(\n|$)/.exec(text);
  const flags = shebang?.[1]?.split(",") ?? [];
  if (shebang === null || !flags.includes(flag)) return text;
  const others = flags.filter((each) => each !== flag);
  const line = others.length > 0 ? `#!lua flags=${others.join(",")}\n` : "";
  return `${line}${onlyDeclaredKeys}\n${text.slice(shebang[0].length)}`;
}

/** In one line, in the place of the shebang, so that errors name the right lines. */
const onlyDeclaredKeys = `
local redis = (function(real)
  local declared, databaseWide = {}, { FLUSHDB = 1, FLUSHALL = 1, SCAN = 1, KEYS = 1, DBSIZE = 1, RANDOMKEY = 1 }
  for _, key in ipairs(KEYS) do declared[key] = true end
  local function refusal(command, ...)
    if databaseWide[string.upper(command)] then return 'ERR ' .. command .. ' is not allowed with ${flag}' end
    local keys = real.pcall('COMMAND', 'GETKEYS', command, ...)
    for _, key in ipairs(keys) do
      if not declared[key] then return "ERR Dynamic keys are not allowed when '${flag}' flag is set" end
    end
  end
  local function call(...)
    local message = refusal(...)
    if message then error({ err = message }) end
    return real.call(...)
  end
  local function pcall(...)
    local message = refusal(...)
    if message then return { err = message } end
    return real.pcall(...)
  end
  return setmetatable({ call = call, pcall = pcall }, { __index = real })
end)(redis)`
  .replaceAll(/\s*\n\s*/g, " ")
  .trim();

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
