-- What the state is called by the stores that it belongs to: made once, kept by copies of it.
ALTER TABLE state ADD COLUMN own_id TEXT NOT NULL DEFAULT '';

-- The stores that it belongs to. The first is taken at once, others when an operator says so.
CREATE TABLE stores (
    id TEXT NOT NULL PRIMARY KEY
);
