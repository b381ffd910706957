CREATE TABLE `sluice_audit_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at_ms` integer NOT NULL,
	`who` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`note` text,
	`before` text,
	`after` text
);
--> statement-breakpoint
CREATE INDEX `sluice_audit_log_subject` ON `sluice_audit_log` (`subject`,`id`);--> statement-breakpoint
CREATE INDEX `sluice_audit_log_action` ON `sluice_audit_log` (`action`,`id`);--> statement-breakpoint
CREATE INDEX `sluice_audit_log_at` ON `sluice_audit_log` (`at_ms`);--> statement-breakpoint
CREATE TABLE `sluice_decision_minutes` (
	`minute_ms` integer NOT NULL,
	`limiter` text NOT NULL,
	`plan` text NOT NULL,
	`outcome` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`minute_ms`, `limiter`, `plan`, `outcome`)
);
--> statement-breakpoint
CREATE TABLE `sluice_denied_keys` (
	`hour_ms` integer NOT NULL,
	`limiter` text NOT NULL,
	`key` text NOT NULL,
	`is_pseudonym` integer DEFAULT false NOT NULL,
	`denials` integer NOT NULL,
	`last_at_ms` integer NOT NULL,
	PRIMARY KEY(`hour_ms`, `limiter`, `key`)
);
--> statement-breakpoint
CREATE INDEX `sluice_denied_keys_most` ON `sluice_denied_keys` (`hour_ms`,`limiter`,`denials`);--> statement-breakpoint
CREATE TABLE `sluice_feed_access` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`feed_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`address` text NOT NULL,
	`is_pseudonym` integer DEFAULT false NOT NULL,
	`user_agent` text NOT NULL,
	`status` integer NOT NULL,
	`decision` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sluice_feed_access_at` ON `sluice_feed_access` (`at_ms`,`decision`,`feed_id`,`address`);--> statement-breakpoint
CREATE INDEX `sluice_feed_access_feed` ON `sluice_feed_access` (`feed_id`,`at_ms`,`decision`);--> statement-breakpoint
CREATE INDEX `sluice_feed_access_owner` ON `sluice_feed_access` (`owner_id`,`at_ms`,`decision`,`feed_id`);--> statement-breakpoint
CREATE INDEX `sluice_feed_access_address` ON `sluice_feed_access` (`address`,`at_ms`,`decision`);--> statement-breakpoint
CREATE INDEX `sluice_feed_access_agent` ON `sluice_feed_access` (`user_agent`,`at_ms`,`decision`);--> statement-breakpoint
CREATE INDEX `sluice_feed_access_decision` ON `sluice_feed_access` (`decision`,`at_ms`);--> statement-breakpoint
CREATE INDEX `sluice_feed_access_plain` ON `sluice_feed_access` (`at_ms`) WHERE "sluice_feed_access"."is_pseudonym" = 0;--> statement-breakpoint
CREATE TABLE `sluice_key_counts` (
	`minute_ms` integer NOT NULL,
	`limiter` text NOT NULL,
	`plan` text NOT NULL,
	`bucket` integer NOT NULL,
	`keys` integer NOT NULL,
	`hundredths` integer NOT NULL,
	PRIMARY KEY(`minute_ms`, `limiter`, `plan`, `bucket`)
);
--> statement-breakpoint
CREATE TABLE `sluice_keys` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`purpose` text NOT NULL,
	`secret` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sluice_keys_purpose` ON `sluice_keys` (`purpose`,`id`);--> statement-breakpoint
CREATE TABLE `sluice_outbound_minutes` (
	`minute_ms` integer NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`calls` integer NOT NULL,
	`attempts` integer NOT NULL,
	`retries` integer NOT NULL,
	`throttled` integer NOT NULL,
	`failures` integer NOT NULL,
	`answers` integer NOT NULL,
	`latency_ms` integer NOT NULL,
	`waits` integer NOT NULL,
	`wait_ms` integer NOT NULL,
	PRIMARY KEY(`minute_ms`, `kind`, `name`)
);
--> statement-breakpoint
CREATE TABLE `sluice_overrides` (
	`user_id` text NOT NULL,
	`limit_name` text NOT NULL,
	`units` integer,
	`note` text NOT NULL,
	`granted_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`reviewed_at_ms` integer NOT NULL,
	`reviewed_by` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	PRIMARY KEY(`user_id`, `limit_name`),
	CONSTRAINT "sluice_overrides_units" CHECK("sluice_overrides"."units" is null or "sluice_overrides"."units" >= 0)
);
--> statement-breakpoint
CREATE INDEX `sluice_overrides_expires` ON `sluice_overrides` (`expires_at_ms`);--> statement-breakpoint
CREATE INDEX `sluice_overrides_reviewed` ON `sluice_overrides` (`reviewed_at_ms`);--> statement-breakpoint
CREATE TABLE `sluice_plans` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`api_per_minute` integer,
	`public_feed_per_minute` integer,
	`more_limits` text DEFAULT '{}' NOT NULL,
	`price_cents` integer DEFAULT 0 NOT NULL,
	`features` text DEFAULT '[]' NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	CONSTRAINT "sluice_plans_api" CHECK("sluice_plans"."api_per_minute" is null or "sluice_plans"."api_per_minute" >= 0),
	CONSTRAINT "sluice_plans_public_feed" CHECK("sluice_plans"."public_feed_per_minute" is null or "sluice_plans"."public_feed_per_minute" >= 0),
	CONSTRAINT "sluice_plans_price" CHECK("sluice_plans"."price_cents" >= 0)
);
--> statement-breakpoint
CREATE TABLE `sluice_user_denials` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`limiter` text NOT NULL,
	`limit_units` integer NOT NULL,
	`retry_after_ms` integer,
	`times` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sluice_user_denials_user` ON `sluice_user_denials` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `sluice_user_denials_at` ON `sluice_user_denials` (`at_ms`);--> statement-breakpoint
CREATE TABLE `sluice_versions` (
	`name` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `users` ADD `plan_id` text DEFAULT 'free' NOT NULL;--> statement-breakpoint
CREATE INDEX `users_plan_id` ON `users` (`plan_id`);--> statement-breakpoint
/* By hand, down to the end: what the old columns and tables hold moves into the new ones. */
UPDATE `users` SET `plan_id` = `plan`;
--> statement-breakpoint
INSERT INTO `sluice_plans` (`id`, `name`, `api_per_minute`, `public_feed_per_minute`, `price_cents`, `features`, `created_at_ms`, `updated_at_ms`) VALUES
	('free', 'Free', 60, 17, 0, '["For trying things out"]', unixepoch() * 1000, unixepoch() * 1000),
	('pro', 'Pro', 180, 167, 1000, '["For a blog and its readers"]', unixepoch() * 1000, unixepoch() * 1000),
	('enterprise', 'Enterprise', 600, 1667, 5000, '["For organisations with many readers"]', unixepoch() * 1000, unixepoch() * 1000);
--> statement-breakpoint
/* A note is required from now on. Who granted an override has reviewed it. */
INSERT INTO `sluice_overrides` (`user_id`, `limit_name`, `units`, `note`, `granted_by`, `created_at_ms`, `expires_at_ms`, `reviewed_at_ms`, `reviewed_by`)
	SELECT `user_id`, `limit_name`, `per_minute`, CASE WHEN trim(`note`) = '' THEN 'granted without a note' ELSE substr(trim(`note`), 1, 500) END,
		`granted_by`, `created_at_ms`, `expires_at_ms`, `created_at_ms`, `granted_by` FROM `overrides`;
--> statement-breakpoint
/* Quotas that are spent are answered with 429, limits of 0 with 403. */
INSERT INTO `sluice_feed_access` (`id`, `feed_id`, `owner_id`, `at_ms`, `address`, `user_agent`, `status`, `decision`)
	SELECT `access_log`.`id`, `feed_id`, `owner_id`, `at_ms`, `address`, `user_agent`, `status`, CASE WHEN `status` IN (403, 429) THEN 'denied' ELSE 'allowed' END
	FROM `access_log` JOIN `feeds` ON `feeds`.`id` = `access_log`.`feed_id` ORDER BY `access_log`.`id`;
--> statement-breakpoint
DROP TABLE `access_log`;--> statement-breakpoint
DROP TABLE `overrides`;
