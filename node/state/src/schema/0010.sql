-- Who of a dataset is told of below open, by release epoch, from 1. `ids` are the first 64 bits of keyed hashes of all ids of
-- those who were released with it, sorted, in base64: a row is written once and never changed. `time` is in seconds since 1970.
CREATE TABLE releases (
    dataset TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    people BIGINT NOT NULL,
    ids TEXT NOT NULL,
    time BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (dataset, epoch)
);
CREATE INDEX releases_version ON releases (version);
