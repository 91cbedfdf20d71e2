"""Counts rare alleles of a frequency table. Argument: its directory."""

import json
import sys
import time

import duckdb

directory = sys.argv[1]
connection = duckdb.connect()
# Progress would be written among the answers.
connection.execute("SET enable_progress_bar = false")
connection.execute("SET threads = 2")
QUERY = (
    f"SELECT count(*) FROM read_parquet('{directory}/*/*.parquet', hive_partitioning = false)"
    " WHERE ac * ? < an"
)

for line in sys.stdin:
    question = json.loads(line)
    started = time.perf_counter()
    (count,) = connection.execute(QUERY, [question["one_in"]]).fetchone()
    print(json.dumps({"seconds": time.perf_counter() - started, "answer": count}), flush=True)
