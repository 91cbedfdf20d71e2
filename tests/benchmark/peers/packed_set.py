"""Counts the people of a set as Fyr packs it: see `node/engine/src/segment/packed_set.rs`."""


def numbers(packed):
    """Reads LEB128."""
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def size(cell):
    kind, rest = cell[0], cell[1:]
    if kind == 1:
        return sum(byte < 0x80 for byte in rest)
    if kind == 2:
        return sum(list(numbers(rest))[1::2]) + sum(byte < 0x80 for byte in rest) // 2
    skipped = next(at for at, byte in enumerate(rest) if byte < 0x80) + 1
    return int.from_bytes(rest[skipped:], "big").bit_count()


