-- What was answered for the care of patients, for an operator to review afterwards. A review is of one requester and one case
-- (a keyed hash); it waits while `decision` is '', and what comes after it was decided begins another. Times are seconds since
-- 1970.
CREATE TABLE care_reviews (
    id BIGINT NOT NULL PRIMARY KEY,
    requester TEXT NOT NULL,
    organisation TEXT NOT NULL,
    case_hash TEXT NOT NULL,
    begun BIGINT NOT NULL,
    latest BIGINT NOT NULL,
    decision TEXT NOT NULL,
    decided BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE UNIQUE INDEX care_reviews_waiting ON care_reviews (requester, case_hash) WHERE decision = '';

-- Each different question of a review, by the digest that the audit log has of it, with what was told of it by which
-- datasets.
CREATE TABLE care_answers (
    review BIGINT NOT NULL,
    question TEXT NOT NULL,
    told TEXT NOT NULL,
    datasets TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (review, question, told)
);
