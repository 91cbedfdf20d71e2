"""Loads contigs of a store into an SQLite table. Arguments: directory of the table, the database, contigs."""

import sqlite3
import sys
import time

import duckdb

COLUMNS = "start, reference_bases, alternate_bases, calls, haploid"
BATCH = 100_000
directory, database, contigs = sys.argv[1:4]
sys.stdin.readline()
started = time.perf_counter()
# Progress would be written among the answers.
duckdb.execute("SET enable_progress_bar = false")
target = sqlite3.connect(database)
target.execute("PRAGMA journal_mode = OFF")
target.execute("PRAGMA synchronous = OFF")
target.execute(
    "CREATE TABLE variants (contig TEXT, start INTEGER, reference_bases TEXT, alternate_bases TEXT,"
    " calls BLOB, haploid BLOB,"
    " PRIMARY KEY (contig, start, reference_bases, alternate_bases)) WITHOUT ROWID"
)
for contig in sorted(contigs.split(",")):
    rows = duckdb.execute(
        f"SELECT '{contig}', {COLUMNS} FROM read_parquet('{directory}/contig={contig}/*.parquet')"
    )
    while batch := rows.fetchmany(BATCH):
        target.executemany(f"INSERT INTO variants VALUES ({', '.join('?' * 6)})", batch)
target.commit()
target.execute("PRAGMA optimize")
target.close()
print(f'{{"seconds": {time.perf_counter() - started}, "answer": null}}', flush=True)
