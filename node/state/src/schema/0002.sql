-- The question that a used proof speaks of, as the hexadecimal digest; empty for a proof that speaks of none.
ALTER TABLE proofs ADD COLUMN question TEXT NOT NULL DEFAULT '';
