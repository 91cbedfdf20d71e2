-- Where the audit log of each place is known to have ended: one that ends before was cut.
CREATE TABLE audit_ends (
    place TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);
