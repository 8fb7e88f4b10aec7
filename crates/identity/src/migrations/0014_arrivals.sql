-- When the last of what came in on a day did. Not known of days that were counted before.
ALTER TABLE volumes ADD COLUMN last_at INTEGER;
