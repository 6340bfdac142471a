"""What a token looks like. agent/inference/text/shapes.ts is the same."""

import re

SEPARATOR = re.compile(r"([/&+\-.,=:;#@()\[\]{}%_*~<>?!\\\"'`])")
# Between a letter and a digit: POS1, 24V, DO7053Blade.
BOUNDARY = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")


def masked(token: str) -> str:
    """24V -> 0v: which digits they are does not matter."""
    return re.sub("[0-9]+", "0", token.lower())


def shape(token: str) -> str:
    """XK976 -> AA000."""
    return re.sub("[a-zA-Z]", "A", re.sub("[0-9]", "0", token))


def has_digit(token: str) -> bool:
    return re.search("[0-9]", token) is not None


def is_separator(token: str) -> bool:
    return SEPARATOR.fullmatch(token) is not None


def is_word(token: str) -> bool:
    return re.fullmatch("[a-z]+", token) is not None


def case(token: str) -> str:
    if re.search("[a-z]", token) is None:
        return "upper"
    return "lower" if re.search("[A-Z]", token) is None else "mixed"


def parts(token: str) -> list[str]:
    """pos1+2 -> pos 1 + 2"""
    return [piece for split in SEPARATOR.split(token) for piece in BOUNDARY.split(split) if piece]


def skeleton(word: str) -> str:
    """filter -> fltr: the first letter, then consonants, doubled ones once."""
    bones = word[:1] + re.sub("[aeiouy-]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", bones)


def is_within(short: str, long: str) -> bool:
    """The letters of `short` stand in `long` in this order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def one_edit(a: str, b: str) -> bool:
    """The same but for one letter more, less, other or changed with its neighbour."""
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    a, b = a[i:], b[i:]
    if a[1:] == b[1:] or a == b[1:] or a[1:] == b:
        return True
    return len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
