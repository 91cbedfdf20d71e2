-- What may have been spent in a state that was lost, of which this one is a copy of before: accounts of people up to an
-- epoch, budgets of questions and proofs that end by a time, seconds since 1970. 0 where nothing was lost. A budget that the
-- copy knows, and that ends later, has an item '' in `spent` instead.
ALTER TABLE state ADD COLUMN accounts_forfeited BIGINT NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN budgets_forfeited BIGINT NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN proofs_forfeited BIGINT NOT NULL DEFAULT 0;
