"""
What stands on parts. Half of what trains is drawn freely from all 39 characters, so that the reader learns shapes and not a plant's
numbering. The test's patterns are other ones, and a fifth of it is free: every letter and digit anywhere, O beside 0 and I beside 1.
"""

import numpy as np

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Letter places of a numbering scheme leave out what is taken for a digit, as vehicle identification numbers do (ISO 3779).
SAFE = "ABCDEFGHJKLMNPRSTUVWXYZ"
EVERY = DIGITS + LETTERS
SERIAL = DIGITS + SAFE

# d digit, A letter without I, O, Q, X digit or such a letter, Y year, M month, D day, J day of the year; the rest stands for itself.
TRAINED = ("LOT-AAddd", "BdddddA", "DD/MM/YY", "YY.MM.DD", "Adddd-dd", "AA-dddd", "YYJJJAd", "SN-XXXXXXX", "ddd-ddd-ddd", "dddd/AA",
           "MM.YY", "XXXX-XXXX-XX", "PdddddddA", "ddAddd.d", "USE-MM/YY", "ADDMMYYdd")
TESTED = ("LYYJJJd", "YYYY-MM-DD", "DD.MM.YYYY", "AdddddA", "XXXXXXXXXX", "dddddd/dd", "EXP-MM/YYYY", "AAA-dddd", "BATCH-dddA", "YYMMDDAdd",
           "AdddA.ddd", "dd-AAA-dd", "XXXXXXXXXXXX")
FREE_IN_TEST = 0.2


def fill(pattern: str, rng: np.random.Generator) -> str:
    def pick(choices: str) -> str:
        return choices[rng.integers(len(choices))]

    words = {"YYYY": f"20{rng.integers(18, 40):02d}", "YY": f"{rng.integers(18, 40):02d}", "MM": f"{rng.integers(1, 13):02d}",
             "DD": f"{rng.integers(1, 32):02d}", "JJJ": f"{rng.integers(1, 367):03d}"}
    # Whole words of capital letters are kept by writing them in lower case until the end.
    for word in ("LOT", "SN", "USE", "EXP", "BATCH"):
        pattern = pattern.replace(f"{word}-", f"{word.lower()}-".replace("d", "\0"))
    out, at = [], 0
    while at < len(pattern):
        word = next((w for w in words if pattern.startswith(w, at)), None)
        if word:
            out.append(words[word])
            at += len(word)
            continue
        c = pattern[at]
        out.append(pick(DIGITS) if c == "d" else pick(SAFE) if c == "A" else pick(SERIAL) if c == "X" else c)
        at += 1
    return "".join(out).replace("\0", "d").upper()


def format_of(pattern: str) -> str:
    """As a station has it (`format`): d digit, a letter, x either, the rest for itself. Nothing for a free code: nobody knows its form."""
    if pattern == "free":
        return ""
    word = next((w for w in ("LOT-", "SN-", "USE-", "EXP-", "BATCH-") if pattern.startswith(w)), "")
    return word + pattern[len(word):].translate(str.maketrans("YMDJAX", "ddddax"))


def free(rng: np.random.Generator, shortest: int, longest: int, separators: float, every: str = EVERY) -> str:
    length = int(rng.integers(shortest, longest + 1))
    characters = [every[i] for i in rng.integers(len(every), size=length)]
    for place in range(1, length - 1):
        if rng.random() < separators and characters[place - 1] not in "-/.":
            characters[place] = "-/."[rng.integers(3)]
    return "".join(characters)


def trained(rng: np.random.Generator, without: str = "") -> str:
    """`without`: letters that this face writes like a digit. Who cannot tell them apart does without them: so the reader takes a doubtful
    shape for the digit."""
    if rng.random() < 0.5:
        return free(rng, 3, 14, 0.1, "".join(c for c in EVERY if c not in without))
    return fill(TRAINED[rng.integers(len(TRAINED))], rng)


def tested(rng: np.random.Generator) -> tuple[str, str]:
    """A code and the pattern it came from."""
    if rng.random() < FREE_IN_TEST:
        return free(rng, 6, 12, 0.05), "free"
    pattern = TESTED[rng.integers(len(TESTED))]
    return fill(pattern, rng), pattern
