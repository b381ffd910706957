CREATE TABLE `bounce_events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`inbox_id` text NOT NULL,
	`recipient` text NOT NULL,
	`at_ms` integer NOT NULL,
	`received_at_ms` integer NOT NULL,
	`diagnostic` text,
	`receipt` text NOT NULL,
	FOREIGN KEY (`inbox_id`) REFERENCES `inboxes`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `bounce_events_received` ON `bounce_events` (`received_at_ms`);--> statement-breakpoint
CREATE TABLE `digest_feeds` (
	`user_id` text NOT NULL,
	`feed_id` text NOT NULL,
	PRIMARY KEY(`user_id`, `feed_id`),
	FOREIGN KEY (`user_id`) REFERENCES `digest_subscriptions`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`feed_id`) REFERENCES `feeds`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `digest_subscriptions` (
	`user_id` text PRIMARY KEY NOT NULL,
	`address` text NOT NULL,
	`cadence` text NOT NULL,
	`last_digest_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "digest_subscriptions_cadence" CHECK("digest_subscriptions"."cadence" in ('daily', 'weekly')),
	CONSTRAINT "digest_subscriptions_address_lower" CHECK("digest_subscriptions"."address" = lower("digest_subscriptions"."address"))
);
--> statement-breakpoint
CREATE INDEX `digest_subscriptions_due` ON `digest_subscriptions` (`cadence`,`last_digest_at_ms`);--> statement-breakpoint
CREATE INDEX `digest_subscriptions_address` ON `digest_subscriptions` (`address`);--> statement-breakpoint
CREATE TABLE `inboxes` (
	`id` text PRIMARY KEY NOT NULL,
	`address` text NOT NULL,
	`transport` text NOT NULL,
	`time_zone` text NOT NULL,
	`warmup` text,
	`warmup_start_ms` integer NOT NULL,
	`active_days` integer DEFAULT 0 NOT NULL,
	`last_active_date` text,
	`steps_back` integer DEFAULT 0 NOT NULL,
	`held_on_day` integer,
	`held_at_ms` integer,
	`held_reason` text,
	`created_at_ms` integer NOT NULL,
	CONSTRAINT "inboxes_address_lower" CHECK("inboxes"."address" = lower("inboxes"."address")),
	CONSTRAINT "inboxes_active_days" CHECK("inboxes"."active_days" >= 0),
	CONSTRAINT "inboxes_steps_back" CHECK("inboxes"."steps_back" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `inboxes_address` ON `inboxes` (`address`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`recipient` text NOT NULL,
	`subject` text NOT NULL,
	`body` text NOT NULL,
	`message_id` text NOT NULL,
	`status` text NOT NULL,
	`inbox_id` text,
	`due_at_ms` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`fence` integer,
	`ambiguous` integer DEFAULT false NOT NULL,
	`last_response` text,
	`created_at_ms` integer NOT NULL,
	`sending_at_ms` integer,
	`sent_at_ms` integer,
	`sent_date` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`inbox_id`) REFERENCES `inboxes`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "messages_status" CHECK("messages"."status" in ('queued', 'sending', 'sent', 'failed', 'bounced'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_message_id` ON `messages` (`message_id`);--> statement-breakpoint
CREATE INDEX `messages_status_due` ON `messages` (`status`,`due_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `messages_recipient` ON `messages` (`recipient`,`inbox_id`);--> statement-breakpoint
CREATE INDEX `messages_user` ON `messages` (`user_id`,`status`);--> statement-breakpoint
ALTER TABLE `entries` ADD `excerpt` text;--> statement-breakpoint
ALTER TABLE `entries` ADD `words` integer;--> statement-breakpoint
ALTER TABLE `entries` ADD `reading_ms` integer;--> statement-breakpoint
CREATE INDEX `entries_unenriched` ON `entries` (`published_at_ms`) WHERE "entries"."words" is null;