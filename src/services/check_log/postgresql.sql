CREATE TABLE keydesk_checks (
    request_id    uuid PRIMARY KEY,
    begun_at      timestamptz NOT NULL,
    ended_at      timestamptz NOT NULL,
    delivered_at  timestamptz,
    verified_at   timestamptz,
    ticket        text,
    tenant        text NOT NULL,
    person        text NOT NULL,
    agent         text NOT NULL,
    channel       text NOT NULL,
    masked_number text,
    service_id    text,
    outcome       text NOT NULL,
    attempts      integer NOT NULL
);
GRANT INSERT ON keydesk_checks TO keydesk;
