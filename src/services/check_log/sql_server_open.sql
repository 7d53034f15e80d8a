CREATE TABLE dbo.keydesk_checks_open (
    caller        char(64) NOT NULL PRIMARY KEY,
    check_id      uniqueidentifier NOT NULL,
    open_until    datetime2(3) NULL,
    locked_until  datetime2(3) NULL
);
GRANT SELECT, INSERT, UPDATE ON dbo.keydesk_checks_open TO keydesk;
