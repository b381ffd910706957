/** Where the console finds this app's users and feeds. */

import type { FeedDirectory, UserDirectory } from "@sluice/console";
import { feeds, users } from "./schema.ts";

export const userDirectory: UserDirectory = { table: users, id: users.id, name: users.username, plan: users.plan };

export const feedDirectory: FeedDirectory = { table: feeds, id: feeds.id, title: feeds.title, owner: feeds.ownerId };
