CREATE TABLE keydesk_checks_open (
    caller        text PRIMARY KEY,
    check_id      uuid NOT NULL,
    open_until    timestamptz,
    locked_until  timestamptz
);
GRANT SELECT, INSERT, UPDATE ON keydesk_checks_open TO keydesk;
