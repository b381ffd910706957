CREATE TABLE `prospects` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`site` text,
	`email` text,
	`email_state` text NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`next_try_at_ms` integer NOT NULL,
	`last_error` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`recorded_at_ms` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "prospects_email_state" CHECK("prospects"."email_state" in ('pending', 'valid', 'risky', 'invalid', 'none')),
	CONSTRAINT "prospects_failures" CHECK("prospects"."failures" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `prospects_user_name` ON `prospects` (`user_id`,`name`);--> statement-breakpoint
CREATE INDEX `prospects_due` ON `prospects` (`next_try_at_ms`,`id`) WHERE "prospects"."email_state" = 'pending';--> statement-breakpoint
CREATE INDEX `prospects_unrecorded` ON `prospects` (`next_try_at_ms`,`id`) WHERE "prospects"."email_state" <> 'pending' and "prospects"."recorded_at_ms" is null;--> statement-breakpoint
CREATE INDEX `prospects_user_created` ON `prospects` (`user_id`,`created_at_ms`,`id`);--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`url` text NOT NULL,
	`feed_id` text NOT NULL,
	`title` text,
	`etag` text,
	`last_modified` text,
	`next_fetch_at_ms` integer NOT NULL,
	`last_fetch_at_ms` integer,
	`last_status` integer,
	`last_error` text,
	`failures` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`feed_id`) REFERENCES `feeds`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "subscriptions_failures" CHECK("subscriptions"."failures" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `subscriptions_url_user` ON `subscriptions` (`url`,`user_id`);--> statement-breakpoint
CREATE INDEX `subscriptions_due` ON `subscriptions` (`next_fetch_at_ms`);--> statement-breakpoint
CREATE INDEX `subscriptions_user_created` ON `subscriptions` (`user_id`,`created_at_ms`,`id`);--> statement-breakpoint
ALTER TABLE `entries` ADD `origin` text;--> statement-breakpoint
CREATE UNIQUE INDEX `entries_feed_origin` ON `entries` (`feed_id`,`origin`);