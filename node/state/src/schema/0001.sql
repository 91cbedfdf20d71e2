-- Both databases read this file. Hashes are hexadecimal, what may be true is 0 or 1.

-- One row. `removed` is the version of the last change that deleted rows: who knows less loads all anew.
CREATE TABLE state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    key_check TEXT NOT NULL
);

-- What people said, and the version at which it changed last. The sets are bits of fyr_policy::ConsentItems.
CREATE TABLE consents (
    dataset TEXT NOT NULL,
    person TEXT NOT NULL,
    granted BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    opted_out BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (dataset, person)
);
CREATE INDEX consents_version ON consents (version);

-- Keyed hashes of every id of those who withdrew; `person` is the hash of the id that the others belong to.
CREATE TABLE withdrawn (
    dataset TEXT NOT NULL,
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (dataset, id)
);
CREATE INDEX withdrawn_version ON withdrawn (version);

-- Requesters ('subject') and tokens ('token', then without issuer) that are not accepted any more.
CREATE TABLE revocations (
    kind TEXT NOT NULL,
    issuer TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (kind, issuer, id)
);
CREATE INDEX revocations_version ON revocations (version);

-- Every change. A person is a keyed hash here.
CREATE TABLE history (
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    dataset TEXT NOT NULL,
    subject TEXT NOT NULL,
    items TEXT NOT NULL,
    PRIMARY KEY (version, position)
);

-- Proofs that were used, until seconds since 1970.
CREATE TABLE proofs (
    id TEXT NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX proofs_until ON proofs (until);

-- Questions that count against a budget: of a requester and a day, or of a case. Keyed hashes.
CREATE TABLE spent (
    budget TEXT NOT NULL,
    item TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (budget, item)
);
