CREATE TABLE dbo.keydesk_checks (
    request_id    uniqueidentifier NOT NULL PRIMARY KEY,
    begun_at      datetimeoffset(3) NOT NULL,
    ended_at      datetimeoffset(3) NOT NULL,
    delivered_at  datetimeoffset(3) NULL,
    verified_at   datetimeoffset(3) NULL,
    ticket        nvarchar(64) NULL,
    tenant        nvarchar(255) NOT NULL,
    person        nvarchar(320) NOT NULL,
    agent         nvarchar(320) NOT NULL,
    channel       nvarchar(32) NOT NULL,
    masked_number nvarchar(64) NULL,
    service_id    nvarchar(128) NULL,
    outcome       nvarchar(32) NOT NULL,
    attempts      int NOT NULL
);
GRANT INSERT, SELECT ON dbo.keydesk_checks TO keydesk;
