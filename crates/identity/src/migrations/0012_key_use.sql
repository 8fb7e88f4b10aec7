-- Who made a key and the addresses that it was used from lately: about people, so both are sealed. Older keys have no maker.
ALTER TABLE api_keys ADD COLUMN made_by BLOB;
ALTER TABLE api_keys ADD COLUMN used_from BLOB;
