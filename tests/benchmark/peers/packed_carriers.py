"""Counts the people of an allele's sets as Fyr packs them.

See `packed_carriers.rs` and `packed_set.rs` in `node/engine/src/segment`.
"""

SETS = ["het", "hom", "hemi", "half", "partial", "missing"]


def numbers(packed):
    """Reads LEB128."""
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def digits(packed):
    """Says how many bytes the first number has."""
    return next(at for at, byte in enumerate(packed) if byte < 0x80) + 1


def size(packed):
    kind, rest = packed[0], packed[1:]
    if kind == 1:
        return sum(byte < 0x80 for byte in rest)
    if kind == 2:
        return sum(list(numbers(rest))[1::2]) + sum(byte < 0x80 for byte in rest) // 2
    return int.from_bytes(rest[digits(rest) :], "big").bit_count()


def sizes(calls, haploid):
    """Returns the sizes of all sets that there are."""
    found = {"haploid": size(haploid)} if haploid else {}
    names = [name for bit, name in enumerate(SETS) if calls and calls[0] >> bit & 1]
    rest = calls[1:]
    for name in names[:-1]:
        start = digits(rest)
        end = start + next(numbers(rest[:start]))
        found[name] = size(rest[start:end])
        rest = rest[end:]
    found.update((name, size(rest)) for name in names[-1:])
    return found


