"""Makes a genome with transcripts, and descriptions of alleles on them, and says what the package hgvs makes of each.

Writes into a directory: genome.fa, genes.gff3, and expected.tsv with lines of: description, kind, what is expected. The
latter is `sequence digest`, of the whole sequence after the change (SHA-256), or `refused`, where nobody must answer:
the package refuses it too, or it answers where an answer means another allele than it seems (the kind says why). With
`may-refuse` before it, no answer is right too.
"""

import hashlib
import random
import sys

import hgvs.assemblymapper
import hgvs.exceptions
import hgvs.parser
from hgvs.dataproviders.interface import Interface

LENGTH = 30_000
# PAR1 begins at 10,001 on both, and their bases are the same from there on.
PAR = 10_000
CONTIGS = {"1": "NC_000001.11", "7": "NC_000007.14", "X": "NC_000023.11", "Y": "NC_000024.10"}
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def reverse_complement(bases):
    return bases.translate(COMPLEMENT)[::-1]


def random_bases(count, letters="ACGT"):
    return "".join(random.choice(letters) for _ in range(count))


def genome():
    """Sequences with stretches of repeats, in which indels roll."""

    def sequence():
        pieces = []
        while sum(map(len, pieces)) < LENGTH:
            pieces.append(random_bases(random.randrange(20, 90)))
            pieces.append(random_bases(random.randrange(1, 4)) * random.randrange(1, 9))
        return "".join(pieces)[:LENGTH]

    sequences = {name: sequence() for name in CONTIGS}
    sequences["Y"] = sequences["Y"][:PAR] + sequences["X"][PAR:]
    return sequences


class Transcript:
    """A transcript: exons in its own direction, each a list of (operation, length): M, I (bases that the genome lacks),
    D (bases that it lacks)."""

    def __init__(self, number, contig, start, sequence):
        self.contig, self.strand = contig, random.choice([1, -1])
        self.gene = f"GENE{number // 2}"
        self.coding = random.random() < 0.8
        self.accession = f"{'NM' if self.coding else 'NR'}_{100000 + number}.{random.randrange(1, 4)}"
        operations = [self.exon() for _ in range(random.randrange(1, 6))]
        introns = [random.randrange(20, 90) for _ in operations[1:]]
        # From left to right on the genome, places first.
        along = list(zip(operations, introns + [0]))
        if self.strand < 0:
            along = list(zip(operations[::-1], introns[::-1] + [0]))
        self.rows, at = [], start
        for exon, intron in along:
            length = sum(n for kind, n in exon if kind != "I")
            self.rows.append((exon, at, at + length))
            at += length + intron
        self.end = at
        if self.strand < 0:
            self.rows.reverse()
        self.build(sequence)

    @staticmethod
    def exon():
        left, right = random.randrange(12, 60), random.randrange(12, 60)
        if random.random() < 0.15:
            return [("M", left), (random.choice("ID"), random.randrange(1, 5)), ("M", right)]
        return [("M", left + right)]

    def build(self, sequence):
        """Follows the transcript base by base: its bases, and the place of each; none where the genome lacks it."""
        bases, self.places, self.ends, self.exons, self.gaps = [], [], set(), [], set()
        for exon, start, end in self.rows:
            walk = iter(range(start, end) if self.strand > 0 else range(end - 1, start - 1, -1))
            first = len(bases)
            for kind, length in exon:
                for _ in range(length):
                    place = next(walk) if kind != "I" else None
                    if kind == "D":
                        self.gaps.add(len(bases))
                        continue
                    base = random.choice("ACGT")
                    if place is not None:
                        base = sequence[place] if self.strand > 0 else reverse_complement(sequence[place])
                    else:
                        self.gaps.update([len(bases), len(bases) + 1])
                    bases.append(base)
                    self.places.append(place)
            self.exons.append((first, len(bases), start, end, exon))
        self.bases = "".join(bases)
        placed = [at for at, place in enumerate(self.places) if place is not None]
        lower, upper = sorted(random.sample(placed, 2))
        self.cds = (lower, upper + 1) if self.coding else (None, None)

    def gff3(self, contig, copy):
        sign = "+" if self.strand > 0 else "-"
        key = f"rna-{self.accession}{copy}"

        def line(feature, start, end, attributes):
            return f"{CONTIGS[contig]}\tRefSeq\t{feature}\t{start + 1}\t{end}\t.\t{sign}\t.\t{attributes}\n"

        kind = "mRNA" if self.coding else "lnc_RNA"
        lowest, highest = min(row[2] for row in self.exons), max(row[3] for row in self.exons)
        text = line(kind, lowest, highest, f"ID={key};transcript_id={self.accession};gene={self.gene}")
        has_gaps = any(len(row[4]) > 1 for row in self.exons)
        for first, last, start, end, exon in self.exons:
            text += line("exon", start, end, f"ID=exon-{key}-{first};Parent={key};transcript_id={self.accession}")
            if self.coding:
                coded = [p for p in self.places[max(first, self.cds[0]) : min(last, self.cds[1])] if p is not None]
                if coded:
                    text += line("CDS", min(coded), max(coded) + 1, f"ID=cds-{key};Parent={key}")
            if has_gaps:
                gap = " ".join(f"{operation}{length}" for operation, length in exon)
                target = f"ID=aln-{key};Target={self.accession} {first + 1} {last} +;Gap={gap}"
                text += line("cDNA_match", start, end, target)
        return text


class Provider(Interface):
    """What the package asks for, from the same sequences and transcripts."""

    required_version = "1.1"

    def __init__(self, sequences, transcripts):
        super().__init__()
        self.sequences = {CONTIGS[name]: bases for name, bases in sequences.items()}
        self.transcripts = {transcript.accession: transcript for transcript in transcripts}

    def get_seq(self, ac, start_i=None, end_i=None):
        bases = self.sequences.get(ac) or self.transcripts[ac].bases
        return bases[start_i:end_i]

    def get_tx_exons(self, tx_ac, alt_ac, alt_aln_method):
        transcript = self.transcripts[tx_ac]
        # The package counts what the genome has more as an insertion.
        turned = {"M": "=", "I": "D", "D": "I"}
        rows = [
            {
                "ord": number,
                "alt_strand": transcript.strand,
                "alt_start_i": start,
                "alt_end_i": end,
                "tx_start_i": first,
                "tx_end_i": last,
                "cigar": "".join(f"{length}{turned[kind]}" for kind, length in exon),
            }
            for number, (first, last, start, end, exon) in enumerate(transcript.exons)
        ]
        return sorted(rows, key=lambda row: row["alt_start_i"])

    def get_tx_info(self, tx_ac, alt_ac, alt_aln_method):
        start, end = self.transcripts[tx_ac].cds
        return {"cds_start_i": start, "cds_end_i": end, "hgnc": self.transcripts[tx_ac].gene}

    def get_tx_identity_info(self, tx_ac):
        lengths = [last - first for first, last, *_ in self.transcripts[tx_ac].exons]
        return {**self.get_tx_info(tx_ac, None, None), "lengths": lengths}

    def get_tx_mapping_options(self, tx_ac):
        transcript = self.transcripts[tx_ac]
        contigs = ["X", "Y"] if transcript.contig == "X" and transcript.end > PAR else [transcript.contig]
        return [{"tx_ac": tx_ac, "alt_ac": CONTIGS[name], "alt_aln_method": "splign"} for name in contigs]

    def get_assembly_map(self, assembly_name):
        return {accession: name for name, accession in CONTIGS.items()}

    def data_version(self):
        return "1"

    def schema_version(self):
        return "1.1"

    def nothing(self, *_):
        return []

    get_acs_for_protein_seq = get_gene_info = get_pro_ac_for_tx_ac = nothing
    get_similar_transcripts = get_tx_for_gene = get_tx_for_region = nothing


def name_of(transcript, at, kind):
    """The number of a base of the transcript."""
    if kind == "n":
        return str(at + 1)
    first, last = transcript.cds
    if at < first:
        return str(at - first)
    if at >= last:
        return f"*{at - last + 1}"
    return str(at - first + 1)


def position(transcript, kind):
    """A position: the offset of its base, its intron offset, how it is written, and whether it is at a border."""
    at, offset = random.randrange(-3, len(transcript.bases) + 3), 0
    borders = [row[1] - 1 for row in transcript.exons[:-1]] + [row[0] for row in transcript.exons[1:]]
    if borders and random.random() < 0.3:
        at = random.choice(borders)
        behind = any(at == row[1] - 1 for row in transcript.exons[:-1])
        offset = random.randrange(1, 9) * (1 if behind else -1)
    elif random.random() < 0.05:
        offset = random.choice([-1, 1]) * random.randrange(1, 200)
    if kind == "n" and at < 0:
        at = 0
    written = name_of(transcript, at, kind) + (f"{offset:+}" if offset else "")
    return at, offset, written


def in_intron(transcript, at, offset):
    """Whether an offset lies in the intron beside the base."""
    for before, after in zip(transcript.exons, transcript.exons[1:]):
        room = after[2] - before[3] if transcript.strand > 0 else before[2] - after[3]
        if (at == before[1] - 1 and 0 < offset <= room) or (at == after[0] and 0 < -offset <= room):
            return True
    return False


def place(transcript, at, offset):
    """The base of the genome, where there is one."""
    if not 0 <= at < len(transcript.bases) or transcript.places[at] is None:
        return None
    if offset and not in_intron(transcript, at, offset):
        return None
    return transcript.places[at] + offset * transcript.strand


def described(transcript, sequence):
    """A description, and what is to be said of how it is placed: well, on a gap, or where there is no base."""
    kind = "c" if transcript.coding and random.random() < 0.85 else "n"
    first = position(transcript, kind)
    last = first
    change = random.choice(["sub", "sub", "sub", "del", "dup", "ins", "delins", "inv", "range", "range"])
    edits = ["del", "dup", "delins", "inv"]
    if change == "ins" and first[1] == 0:
        at = first[0] + 1
        last = (at, 0, name_of(transcript, at, kind))
    elif change == "range" and first[1] == 0:
        at = first[0] + random.randrange(1, 15)
        last = (at, 0, name_of(transcript, at, kind))
        change = random.choice(edits)
    elif change == "range":
        change = random.choice(edits)
    elif change == "ins":
        change = "sub"
    ends = [place(transcript, *p[:2]) for p in (first, last)]
    where = "placed"
    if None in ends:
        where = "no base there"
    elif any(first[0] < gap <= last[0] for gap in transcript.gaps) and first != last:
        where = "across a gap"
    elif change == "ins" and abs(ends[0] - ends[1]) != 1:
        where = "between exons"
    written = first[2] if first == last else f"{first[2]}_{last[2]}"
    here = random.choice("ACGT")
    if where == "placed":
        there = sequence[ends[0]] if transcript.strand > 0 else reverse_complement(sequence[ends[0]])
        if random.random() < 0.95:
            here = there
        if change == "sub" and here != there:
            # The package does not look into introns.
            where = "another base there"
    added = random_bases(random.randrange(1, 6))
    tail = {
        "sub": f"{here}>{random.choice('ACGT'.replace(here, ''))}",
        "del": "del",
        "dup": "dup",
        "ins": f"ins{added}",
        "delins": f"delins{added}",
        "inv": "inv",
    }[change]
    return f"{kind}.{written}{tail}", where


def on_the_genome(contig, sequence):
    """The same on a sequence of the genome."""
    start = random.randrange(2, LENGTH - 20)
    end = start + random.choice([0, 0, 1, 2, 7])
    written = f"{start + 1}" if start == end else f"{start + 1}_{end + 1}"
    added = random_bases(random.randrange(1, 6))
    wrong = random.random() < 0.05
    here = random.choice("ACGT") if wrong else sequence[start]
    changes = [f"{written}del", f"{written}dup", f"{written}delins{added}", f"{written}inv"]
    changes += [f"{start + 1}{here}>{random.choice('ACGT'.replace(here, ''))}", f"{start + 1}_{start + 2}ins{added}"]
    return f"{CONTIGS[contig]}:g.{random.choice(changes)}"


def changed(sequence, variant):
    """The sequence after a change that the package has placed on the genome."""
    posedit = variant.posedit
    start, end, edit = posedit.pos.start.base - 1, posedit.pos.end.base, posedit.edit
    if edit.type == "ins":
        return sequence[: start + 1] + edit.alt + sequence[end - 1 :]
    if edit.type == "dup":
        return sequence[:end] + sequence[start:end] + sequence[end:]
    if edit.type == "inv":
        return sequence[:start] + reverse_complement(sequence[start:end]) + sequence[end:]
    return sequence[:start] + (getattr(edit, "alt", None) or "") + sequence[end:]


class Judge:
    """What the package makes of descriptions."""

    def __init__(self, sequences, transcripts):
        provider = Provider(sequences, transcripts)
        self.sequences = {CONTIGS[name]: bases for name, bases in sequences.items()}
        self.parser = hgvs.parser.Parser()
        self.mapper = hgvs.assemblymapper.AssemblyMapper(
            provider, assembly_name="GRCh38", alt_aln_method="splign", normalize=False, in_par_assume="X"
        )
        self.validate = self.mapper._validator.validate

    def verdict(self, text):
        try:
            variant = self.parser.parse_hgvs_variant(text)
            if variant.type == "g":
                self.validate(variant)
            else:
                variant = self.mapper.c_to_g(variant) if variant.type == "c" else self.mapper.n_to_g(variant)
        except hgvs.exceptions.HGVSError as error:
            return None, type(error).__name__
        before = self.sequences[variant.ac]
        after = changed(before, variant)
        if after == before:
            return None, "nothing changes"
        return f"{variant.ac} {hashlib.sha256(after.encode()).hexdigest()}", "placed"


def forms(transcript, text, alone):
    """Ways to name the transcript."""
    names = [transcript.accession, f"{transcript.accession}({transcript.gene})"]
    names.append(f"{CONTIGS[transcript.contig]}({transcript.accession})")
    if alone:
        names.append(transcript.gene)
    name = random.choice(names)
    return f"{name}:{text}" + random.choice(["", "", " (p.?)"])


def main(directory):
    random.seed(11)
    sequences, transcripts = genome(), []
    for contig in ["1", "7", "X"]:
        start = 300
        while start < LENGTH - 1500:
            if contig == "X" and start < PAR:
                start = PAR + 100
            transcripts.append(Transcript(len(transcripts), contig, start, sequences[contig]))
            start = transcripts[-1].end + random.choice([-40, 50, 150])
    with open(f"{directory}/genome.fa", "w", encoding="utf-8") as out:
        for name, bases in sequences.items():
            out.write(f">{CONTIGS[name]}\n{bases}\n")
    with open(f"{directory}/genes.gff3", "w", encoding="utf-8") as out:
        out.write("##gff-version 3\n")
        for transcript in transcripts:
            out.write(transcript.gff3(transcript.contig, ""))
            if transcript.contig == "X":
                out.write(transcript.gff3("Y", "-2"))
    count_of = {}
    for transcript in transcripts:
        count_of[transcript.gene] = count_of.get(transcript.gene, 0) + 1
    judge = Judge(sequences, transcripts)
    with open(f"{directory}/expected.tsv", "w", encoding="utf-8") as out:
        for number in range(6000):
            if number % 8 == 0:
                contig = random.choice(list(CONTIGS))
                text = shown = on_the_genome(contig, sequences[contig])
                where = "placed"
            else:
                transcript = random.choice(transcripts)
                change, where = described(transcript, sequences[transcript.contig])
                text = f"{transcript.accession}:{change}"
                shown = forms(transcript, change, count_of[transcript.gene] == 1)
            told, why = judge.verdict(text)
            if where in ("no base there", "another base there", "between exons"):
                expected = "refused"
            elif told is None:
                where, expected = why, "refused"
            else:
                expected = f"may-refuse {told}" if where == "across a gap" else told
            out.write(f"{shown}\t{where}\t{expected}\n")


main(sys.argv[1])
