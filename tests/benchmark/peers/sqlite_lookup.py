"""Looks one allele up in an SQLite table. Argument: the database."""

import json
import sqlite3
import sys
import time

connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA mmap_size = 1000000000000")
QUERY = (
    "SELECT calls, haploid FROM variants"
    " WHERE contig = ? AND start = ? AND reference_bases = ? AND alternate_bases = ?"
)

for line in sys.stdin:
    question = json.loads(line)
    key = [question[name] for name in ("contig", "start", "reference", "alternate")]
    started = time.perf_counter()
    row = connection.execute(QUERY, key).fetchone()
    found = row and sizes(*row)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "answer": found}), flush=True)
