/* Rows of every kind, for a database whose last migration is 0002: what the console's migration has to keep. */
insert into users (id, username, plan, role, token_hash, created_at_ms) values
	('u1', 'ada', 'free', 'member', 'h1', 1000), ('u2', 'bob', 'pro', 'member', 'h2', 2000), ('u3', 'cleo', 'enterprise', 'admin', 'h3', 3000);
insert into feeds (id, owner_id, slug, title, description, homepage, created_at_ms) values
	('f1', 'u1', 'news', 'Ada''s; news', '', null, 1000), ('f2', 'u2', 'news', 'Bob''s', 'b', 'https://b.example', 2000);
insert into entries (id, feed_id, title, summary, content, url, published_at_ms) values ('e1', 'f1', 'One', '', '<p>One</p>', null, 1000);
insert into overrides (user_id, limit_name, per_minute, note, granted_by, created_at_ms, expires_at_ms) values
	('u1', 'api', 5, ' a fair ', 'cleo', 10, null), ('u1', 'publicFeed', null, '  ', 'cleo', 20, 99),
	('u2', 'api', 0, printf('%.*c', 600, 'x'), 'root', 30, 4102444800000);
insert into access_log (id, feed_id, at_ms, address, user_agent, status) values
	(3, 'f1', 100, '192.0.2.1', 'reader/1', 200), (5, 'f2', 101, '2001:db8::1', '', 304), (6, 'f1', 102, '192.0.2.2', 'it''s -- "one"', 429),
	(9, 'f2', 103, '', 'x', 403);
insert into inboxes (id, address, transport, time_zone, warmup, warmup_start_ms, created_at_ms) values ('i1', 'i1@feeds.example', 'smtp', 'UTC', null, 0, 0);
insert into digest_subscriptions (user_id, address, cadence, last_digest_at_ms, created_at_ms) values ('u1', 'ada@readers.example', 'daily', 0, 0);
insert into digest_feeds (user_id, feed_id) values ('u1', 'f2');
insert into messages (id, user_id, recipient, subject, body, message_id, status, inbox_id, due_at_ms, created_at_ms) values
	('m1', 'u1', 'ada@readers.example', 'S', 'B', 'm1@feeds.example', 'sent', 'i1', 0, 0);
insert into bounce_events (id, type, inbox_id, recipient, at_ms, received_at_ms, receipt) values ('b1', 'bounce', 'i1', 'ada@readers.example', 0, 0, 'r');
insert into prospects (id, user_id, name, email_state, next_try_at_ms, created_at_ms, updated_at_ms) values ('p1', 'u2', 'Acme', 'pending', 0, 0, 0);
insert into subscriptions (id, user_id, url, feed_id, next_fetch_at_ms, created_at_ms) values ('s1', 'u2', 'https://news.example/', 'f2', 0, 0);
