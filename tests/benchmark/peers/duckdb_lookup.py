"""Looks one allele up in the Parquet files of a store. Arguments: directory of the table, and `file` or `table`."""

import json
import sys
import time

import duckdb

directory, how = sys.argv[1:3]
connection = duckdb.connect()
# Progress would be written among the answers.
connection.execute("SET enable_progress_bar = false")
condition = "start = ? AND reference_bases = ? AND alternate_bases = ?"


def find(question):
    key = [question["start"], question["reference"], question["alternate"]]
    if how == "file":
        source = f"read_parquet('{directory}/contig={question['contig']}/*.parquet')"
        where = condition
    else:
        source = f"read_parquet('{directory}/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
        where = f"contig = ? AND {condition}"
        key = [question["contig"], *key]
    return connection.execute(f"SELECT calls, haploid FROM {source} WHERE {where}", key).fetchall()


for line in sys.stdin:
    started = time.perf_counter()
    rows = find(json.loads(line))
    found = [sizes(*row) for row in rows]
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "answer": found[0] if found else None}), flush=True)
