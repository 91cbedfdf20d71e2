"""Names random alleles with the reference implementation of VRS, for a test to compare.

Writes lines of: sequence, interbase start, reference bases, alternate bases, identifier.
"""

import base64
import hashlib
import random
import sys

from ga4gh.core import ga4gh_identify
from ga4gh.vrs import models, normalize
from ga4gh.vrs.dataproxy import _DataProxy


class Sequences(_DataProxy):
    """Sequences by their refget accession."""

    def __init__(self):
        self.sequences = {}

    def add(self, bases):
        digest = hashlib.sha512(bases.encode()).digest()[:24]
        accession = "SQ." + base64.urlsafe_b64encode(digest).decode()
        self.sequences[accession] = bases
        return accession

    def get_sequence(self, identifier, start=None, end=None):
        return self.sequences[identifier.split(":")[-1]][start:end]

    def get_metadata(self, identifier):
        accession = identifier.split(":")[-1]
        return {"length": len(self.sequences[accession]), "aliases": ["ga4gh:" + accession]}


def main(path):
    random.seed(5)
    sequences = Sequences()
    with open(path, "w", encoding="utf-8") as out:
        for number in range(600):
            # Half of the sequences are full of repeats, in which indels roll.
            bases = "".join(random.choice("AC" if number % 2 else "ACGT") for _ in range(60))
            accession = sequences.add(bases)
            start = random.randrange(4, 40)
            removed = random.choice([0, 0, 1, 2, 3])
            added = random.choice([0, 1, 2, 3, 4] if removed else [1, 2, 3, 4])
            reference = bases[start : start + 1 + removed]
            alternate = bases[start] + "".join(random.choice("AC") for _ in range(added))
            if reference == alternate:
                continue
            place = models.SequenceLocation(
                sequenceReference=models.SequenceReference(refgetAccession=accession),
                start=start,
                end=start + len(reference),
            )
            state = models.LiteralSequenceExpression(sequence=alternate)
            allele = normalize(models.Allele(location=place, state=state), sequences)
            fields = [bases, str(start), reference, alternate, ga4gh_identify(allele)]
            out.write("\t".join(fields) + "\n")


main(sys.argv[1])
