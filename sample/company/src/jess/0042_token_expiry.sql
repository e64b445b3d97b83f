-- falcon: one-way=false
-- jess 0042: every customer token ends after 90 days.
--
-- Ticket: SEC-311 (pen test 2025, "tokens without an end"). Step "widen" of the
-- three-step rule; the old column `never_expires` is narrowed away in 0047, not
-- before 21 days after this one is in the wild.
-- Rehearsed in the mews on 1.9 million rows: 41 s.

SET lock_timeout = '2s';
SET statement_timeout = '60s';

BEGIN;

ALTER TABLE token
    ADD COLUMN expires_at  timestamptz,
    ADD COLUMN warned_at   timestamptz,
    ADD COLUMN revoked_by  text;

COMMENT ON COLUMN token.expires_at IS
    'End of life. Filled by the job token_backfill, new tokens get now() + 90 days.';

-- Device tokens are renewed by the gateway itself, a day before the end; they get
-- 30 days so that a stolen gateway is useless within a month.
CREATE TABLE token_lifetime (
    kind      text PRIMARY KEY,
    lifetime  interval NOT NULL,
    warn_at   interval[] NOT NULL
);

INSERT INTO token_lifetime (kind, lifetime, warn_at) VALUES
    ('customer', '90 days', ARRAY['10 days', '3 days']::interval[]),
    ('device',   '30 days', ARRAY['1 day']::interval[]),
    ('service',  '100 days', ARRAY['14 days']::interval[]),   -- one moult plus a margin
    ('glass',    '4 hours', ARRAY[]::interval[]);             -- /jess @name 4h during a thaw

-- Sessions per person: the ninth login throws out the oldest only if it has been
-- idle for an hour, otherwise the answer is JESS-429-LEASE.
ALTER TABLE person
    ADD COLUMN session_limit smallint NOT NULL DEFAULT 8;

-- Ends are spread over two weeks; a common end date would wake every customer at once.
CREATE FUNCTION first_end(token_id bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT date_trunc('day', now())
         + interval '90 days'
         + (token_id % 14) * interval '1 day'
$$;

CREATE VIEW token_ending_soon AS
SELECT t.id, t.tenant_id, t.created_by, t.expires_at
FROM token AS t
JOIN token_lifetime AS l USING (kind)
WHERE t.revoked_at IS NULL
  AND t.expires_at < now() + l.warn_at[1]
  AND t.warned_at IS NULL;

-- The mailer may look, only jess itself may write.
GRANT SELECT ON token_ending_soon TO wake_reader;
GRANT SELECT ON token_lifetime TO perch_web;

COMMIT;

-- Way back, while 0047 has not run:
--   DROP VIEW token_ending_soon; DROP FUNCTION first_end(bigint); DROP TABLE token_lifetime;
--   ALTER TABLE token DROP COLUMN expires_at, DROP COLUMN warned_at, DROP COLUMN revoked_by;
