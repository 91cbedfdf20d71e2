"""Asks an afquery database. Argument: its directory."""

import json
import sys
import time

from afquery import Database

database = Database(sys.argv[1])
CHROMOSOME = "chr1"


def point(question):
    found = database.query(
        CHROMOSOME, question["position"], ref=question["reference"], alt=question["alternate"]
    )
    return [[result.AC, result.N_HET, result.N_HOM_ALT] for result in found]


def region(question):
    found = database.query_region(
        CHROMOSOME, question["first"], question["last"], phenotype=question.get("phenotype")
    )
    seen = [result for result in found if result.AC > 0]
    return {"alleles": len(seen), "copies": sum(result.AC for result in seen)}


def carriers(question):
    """Distinct carriers: afquery names them for one allele at a time."""
    phenotype, people = question["phenotype"], set()
    for result in database.query_region(
        CHROMOSOME, question["first"], question["last"], phenotype=phenotype
    ):
        variant = result.variant
        if result.AC > 0:
            carriers = database.variant_info(
                variant.chrom, variant.pos, ref=variant.ref, alt=variant.alt, phenotype=phenotype
            )
            people.update(carrier.sample_id for carrier in carriers)
    return len(people)


KINDS = {"point": point, "region": region, "carriers": carriers}

for line in sys.stdin:
    question = json.loads(line)
    ask = KINDS[question["kind"]]
    started = time.perf_counter()
    answer = ask(question)
    print(json.dumps({"seconds": time.perf_counter() - started, "answer": answer}), flush=True)
