CREATE TABLE `access_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`feed_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`address` text NOT NULL,
	`user_agent` text NOT NULL,
	`status` integer NOT NULL,
	FOREIGN KEY (`feed_id`) REFERENCES `feeds`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `access_log_feed_at` ON `access_log` (`feed_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `entries` (
	`id` text PRIMARY KEY NOT NULL,
	`feed_id` text NOT NULL,
	`title` text NOT NULL,
	`summary` text NOT NULL,
	`content` text NOT NULL,
	`url` text,
	`published_at_ms` integer NOT NULL,
	FOREIGN KEY (`feed_id`) REFERENCES `feeds`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `entries_feed_published` ON `entries` (`feed_id`,`published_at_ms`,`id`);--> statement-breakpoint
CREATE TABLE `feeds` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`homepage` text,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `feeds_owner_slug` ON `feeds` (`owner_id`,`slug`);--> statement-breakpoint
CREATE TABLE `overrides` (
	`user_id` text NOT NULL,
	`limit_name` text NOT NULL,
	`per_minute` integer,
	`note` text NOT NULL,
	`granted_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	PRIMARY KEY(`user_id`, `limit_name`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "overrides_per_minute" CHECK("overrides"."per_minute" is null or "overrides"."per_minute" >= 0)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`plan` text NOT NULL,
	`role` text NOT NULL,
	`token_hash` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	CONSTRAINT "users_plan" CHECK("users"."plan" in ('free', 'pro', 'enterprise')),
	CONSTRAINT "users_role" CHECK("users"."role" in ('member', 'admin'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username` ON `users` (`username`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_token_hash` ON `users` (`token_hash`);