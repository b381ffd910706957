/** Asks MillionVerifier whether mail to an address arrives. */

import type { Client } from "@sluice/outbound";
import type { EmailState } from "../schema.ts";
import { answered, asJson, at } from "./answers.ts";
import type { Finding, Prospect } from "./prospect.ts";
import { StepError } from "./step-error.ts";

const verdicts: Readonly<Record<string, EmailState>> = {
  ok: "valid",
  catch_all: "risky",
  unknown: "risky",
  disposable: "invalid",
  invalid: "invalid",
};

/** How long the verifier may try, in seconds: less than the client waits. */
const tryForSeconds = 20;

/** Asks the verifier; finds what becomes of the address. */
export async function verifyAddress(
  verifier: Client,
  key: string,
  { email }: Prospect,
  signal: AbortSignal,
): Promise<Finding> {
  const query = new URLSearchParams({ api: key, email: email ?? "", timeout: String(tryForSeconds) });
  const response = await verifier(`/api/v3/?${query}`, { signal, redirect: "manual" });
  const answer = asJson("MillionVerifier", await answered("MillionVerifier", response));
  const result = at(answer, "result");
  const found = typeof result === "string" && Object.hasOwn(verdicts, result) ? verdicts[result] : undefined;
  if (found !== undefined) return { emailState: found };
  throw new StepError(...trouble(at(answer, "error")));
}

/** A wrong key and used up credits come as ordinary answers, too. */
function trouble(error: unknown): ConstructorParameters<typeof StepError> {
  const words = typeof error === "string" ? error : "";
  if (/credit/i.test(words)) return ["operator", "MillionVerifier has no credit left for us"];
  if (/key|\bip\b|blocked|access/i.test(words)) return ["operator", "MillionVerifier does not take our key"];
  return ["answer", "MillionVerifier answered without a result that is known"];
}
