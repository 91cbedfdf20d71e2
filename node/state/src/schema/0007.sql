-- A withdrawal is a person's: of every dataset. `scope` is what an id was hashed with: '' for the one namespace of the
-- store, or the dataset that somebody withdrew from when a withdrawal named one, which counts for every dataset all the
-- same. The name of another namespace would begin with '@', as no dataset's does. Under its new name, the table is missed
-- by programs of before, which would go on to count who withdraws now.
ALTER TABLE withdrawn RENAME TO withdrawn_ids;
ALTER TABLE withdrawn_ids RENAME COLUMN dataset TO scope;

-- In `consents`, the dataset '' stands for every one: whoever withdrew and is still named has a row of it.
INSERT INTO consents (dataset, person, granted, refused, opted_out, withdrawn, version)
SELECT '', person, 0, 0, 0, 1, MAX(version) FROM consents WHERE withdrawn = 1 GROUP BY person;
UPDATE consents SET withdrawn = 1
WHERE withdrawn = 0 AND person IN (SELECT person FROM consents WHERE dataset = '');
CREATE INDEX consents_person ON consents (person);
CREATE INDEX withdrawn_ids_person ON withdrawn_ids (person);
