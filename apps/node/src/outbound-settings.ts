/** What the environment says of jobs and mail, checked; of addresses and secrets only what may be shown is. */

import { dirname, join } from "node:path";
import {
  bounceSecret,
  jobsSwitch,
  mistakesHeard,
  type ProspectChoice,
  privateFetchSwitch,
  prospectServices,
  shortened,
} from "@sluice/feeds/settings";
import { isFilePath, isInMemory } from "./file-path.ts";
import { type SmtpServer, smtpServer } from "./smtp-address.ts";

export interface OutboundSettings {
  /** Whether this process runs jobs. */
  readonly jobs: boolean;
  /** The way out for mail; without one, messages wait. */
  readonly smtp: SmtpServer | undefined;
  /** Without one, no reports of bounces are taken in. */
  readonly bounceSecret: string | undefined;
  /** Where prospects are looked up, or why they are not. */
  readonly prospects: ProspectChoice;
  /** Whether feeds are fetched that are not on the public Internet. */
  readonly allowPrivateFetch: boolean;
  /** The file of leases and send quotas, where RATE_LIMIT_BACKEND keeps none that outlast the process. */
  readonly limitsPath: string;
}

/** Either the settings, or one line for each mistake. */
export function readOutbound(
  given: Readonly<Record<string, string | undefined>>,
  databasePath: string,
): { readonly settings: OutboundSettings } | { readonly mistakes: readonly string[] } {
  const { mistakes, mistaken } = mistakesHeard();
  const smtpUrl = given["SMTP_URL"];
  const path = given["OUTBOUND_LIMITS_PATH"];
  if (path !== undefined && (!isFilePath(path) || isInMemory(path))) {
    mistaken(`OUTBOUND_LIMITS_PATH=${shortened(path)} has to be the path of a file`);
  }
  const settings = {
    jobs: jobsSwitch(given["JOBS"], mistaken),
    smtp: smtpUrl === undefined ? undefined : smtpServer(smtpUrl, mistaken),
    bounceSecret: bounceSecret(given["BOUNCE_WEBHOOK_SECRET"], mistaken),
    prospects: prospectServices(given, mistaken),
    allowPrivateFetch: privateFetchSwitch(given["ALLOW_PRIVATE_FETCH"], mistaken),
    // Beside a database without a file it has none either: then there are no messages to be counted after a restart.
    limitsPath: path ?? (isInMemory(databasePath) ? ":memory:" : join(dirname(databasePath), "outbound.sqlite")),
  };
  return mistakes.length > 0 ? { mistakes } : { settings };
}
