CREATE TABLE `sluice_feed_minutes` (
	`minute_ms` integer NOT NULL,
	`decision` text NOT NULL,
	`reads` integer NOT NULL,
	PRIMARY KEY(`minute_ms`, `decision`)
);
--> statement-breakpoint
/* By hand: the reads that are in the log already. */
INSERT INTO `sluice_feed_minutes` SELECT CAST(`at_ms` AS integer) / 60000 * 60000, `decision`, count(*) FROM `sluice_feed_access` GROUP BY 1, 2;
