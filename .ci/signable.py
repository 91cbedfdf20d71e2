#!/usr/bin/env python3
"""Signs the vectors of schemas/golden/signable.json by the grammar in docs/identity.md, sharing no code with Fyr.

Each vector has a question, the text of its signed form and the SHA-256 of that; or what a question reads in one
dataset, with the text of its located key. Exits with 1 and the first difference where one is not as written.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def field(name, value):
    """One field: its name, the number of bytes of its value, the value."""
    if isinstance(value, str):
        value = value.encode()
    return b"%s %d\n%s\n" % (name.encode(), len(value), value)


def always(name, of):
    return field(name, str(of[name]))


def optional(name, of):
    return always(name, of) if of.get(name) is not None else b""


def flag(name, of):
    return field(name, "true") if of.get(name) else b""


def texts(name, values):
    """A set: sorted by bytes, each once."""
    return b"".join(field(name, value) for value in sorted({text.encode() for text in values or []}))


def record(name, of, fields):
    return field(name, b"".join(write(key, of) for key, write in fields)) if of is not None else b""


def records(name, values, write, as_set=False):
    written = [write(value) for value in values or []]
    if as_set:
        written = sorted(set(written))
    return b"".join(field(name, value) for value in written)


MATE = [("contig", always), ("start", optional), ("end", optional)]
SUBSTITUTION = [("start", always), ("reference_bases", always), ("alternate_bases", always)]
PROTEIN_CHANGE = [("of", optional), ("change", always)]
NARROWING = [
    ("variant_type", optional),
    ("reference_bases", optional),
    ("alternate_bases", optional),
    ("minimum_length", optional),
    ("maximum_length", optional),
    ("mate", lambda name, of: record(name, of.get(name), MATE)),
    ("parts_of", lambda name, of: record(name, of.get(name), SUBSTITUTION)),
    ("protein_change", lambda name, of: record(name, of.get(name), PROTEIN_CHANGE)),
    ("effect", optional),
]


def narrowing(name, of):
    return record(name, of.get(name) or None, NARROWING)


PLACE = [("assembly", always), ("contig", always)]
KINDS = {
    "allele": PLACE + [("start", always), ("reference_bases", always), ("alternate_bases", always)],
    "name": [("assembly", optional), ("hgvs", optional), ("vrs", optional), ("dbsnp", optional)],
    "range": PLACE + [("start", always), ("end", always), ("reciprocal_overlap", optional), ("narrowing", narrowing)],
    "bracket": PLACE
    + [("start_from", always), ("start_to", always), ("end_from", always), ("end_to", always)]
    + [("narrowing", narrowing)],
    "gene": [("gene", optional), ("narrowing", narrowing)],
}
PURPOSE = [
    ("use", always),
    ("disease", lambda name, of: texts(name, of.get(name))),
    ("methods", flag),
    ("commercial", flag),
    ("project", optional),
    ("case", optional),
]


def condition(of):
    if "term" in of:
        return record("term", of["term"], [("id", always), ("descendants", flag)])
    return record("value", of["value"], [("field", always), ("operator", always), ("value", always)])


def filtered(of, as_set=False):
    return optional("scope", of) + flag("excluded", of) + records("any_of", of["any_of"], condition, as_set)


def clause(filters, as_set=False):
    return records("filter", filters, lambda of: filtered(of, as_set), as_set)


def bound(of):
    return always("operator", of) + always("billionths", of)


def within(of):
    return record("within", of.get("within"), [("entry_type", always), ("id", always)])


def signed(of):
    """The form that is signed: the whole question as it was asked."""
    form = field("version", "fyr-query-v2") + always("entry_type", of)
    for kind, fields in KINDS.items():
        form += record(kind, of.get(kind), fields)
    form += within(of) + records("clause", of.get("clause"), clause) + records("frequency", of.get("frequency"), bound)
    form += always("granularity", of)
    for name in ["dataset", "exclude_dataset", "exclude_node", "only_node"]:
        form += texts(name, of.get(name))
    form += always("skip", of) + always("limit", of) + flag("test_mode", of)
    form += flag("dry_run", of) + optional("epoch", of) + optional("batch", of)
    return form + record("purpose", of.get("purpose"), PURPOSE)


LOCATED_ALLELE = PLACE + [("start", always), ("deleted", always), ("inserted", always)]


def located(vector):
    """The key of a question in one dataset, in whose coordinates it was located."""
    of, at = vector["question"], vector["located"]
    form = field("version", "fyr-located-v1") + always("dataset", vector) + always("entry_type", of)
    form += record("allele", at.get("allele"), LOCATED_ALLELE)
    ranges = [b"".join(write(key, one) for key, write in KINDS["range"]) for one in at.get("range", [])]
    form += b"".join(field("range", one) for one in sorted(set(ranges))) + optional("gene", at)
    form += record("bracket", at.get("bracket"), KINDS["bracket"])
    form += record("everywhere", at.get("everywhere"), [("assembly", always), ("narrowing", narrowing)])
    form += record("vrs", at.get("vrs"), [("assembly", always), ("prefix", always)])
    form += within(of) + records("clause", of.get("clause"), lambda filters: clause(filters, True), True)
    return form + records("frequency", of.get("frequency"), bound, True)


def check(vectors, write):
    seen = set()
    for vector in vectors:
        form = write(vector)
        digest = hashlib.sha256(form).hexdigest()
        if form.decode() != vector["form"] or digest != vector["sha256"]:
            sys.exit(f"{vector['name']}: by the grammar the form is\n{form.decode()}with SHA-256 {digest}")
        if digest in seen:
            sys.exit(f"{vector['name']}: another vector has the same form")
        seen.add(digest)


def main():
    golden = json.loads((ROOT / "schemas/golden/signable.json").read_text())
    check(golden["signed"], lambda vector: signed(vector["question"]))
    check(golden["located"], located)
    example = golden["signed"][0]
    told = base64.urlsafe_b64encode(bytes.fromhex(example["sha256"])).rstrip(b"=").decode()
    guide = (ROOT / "docs/identity.md").read_text()
    if example["form"] not in guide or told not in guide:
        sys.exit("docs/identity.md does not show the first vector and its digest")
    names = re.findall(r"^ *([a-z_]+) \d+$", "\n".join(v["form"] for v in golden["signed"]), re.M)
    print(f"{len(golden['signed'])} signed forms, {len(golden['located'])} keys, {len(set(names))} fields")


if __name__ == "__main__":
    main()
