-- What requesters were told of people. Accounts, items and holders are keyed hashes; amounts are billionths of a nat.

-- Of a requester, project or organisation in an epoch. `version` grows with each charge; `raised` is what an operator
-- added to the budget, `closed` is 1 where nothing more is told.
CREATE TABLE accounts (
    account TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    raised BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    reason TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- Each answer that was charged: to whom, and who was left out of it. Lists of holders in base64.
CREATE TABLE charges (
    account TEXT NOT NULL,
    version BIGINT NOT NULL,
    item TEXT NOT NULL,
    amount BIGINT NOT NULL,
    borne TEXT NOT NULL,
    left_out TEXT NOT NULL,
    PRIMARY KEY (account, version)
);
CREATE INDEX charges_item ON charges (account, item);

-- Who is who else: names of requesters that were once shown to be one.
CREATE TABLE links (
    account TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (account, other)
);
