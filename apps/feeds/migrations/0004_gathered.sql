ALTER TABLE `subscriptions` ADD `listed` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `refresh_ms` integer;--> statement-breakpoint
CREATE INDEX `entries_gathered` ON `entries` (`feed_id`,`published_at_ms`,`id`) WHERE "entries"."origin" is not null;--> statement-breakpoint
/* By hand: a feed's entries may be of any of its subscriptions, and of another one's an origin says nothing. */
UPDATE `subscriptions` SET `listed` = (
	SELECT json_group_array(`origin`) FROM (
		SELECT `origin` FROM `entries` WHERE `entries`.`feed_id` = `subscriptions`.`feed_id` AND `origin` IS NOT NULL
		ORDER BY `published_at_ms` DESC, `id` DESC LIMIT 10000
	)
);
