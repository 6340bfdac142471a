"""What an unknown token could mean, and which rule says so. agent/inference/text/candidates.ts is the same."""

from house.normaliser.shapes import has_digit, is_separator, is_within, is_word, masked, one_edit, parts, shape, skeleton
from house.normaliser.tables import Tables, first

Found = dict[str, set[str]]         # plain form -> rules
SPOKEN = {"&": "and", "+": "and", "#": "number"}
LONGEST = 40                        # characters; a longer token is no word


def candidates(tables: Tables, token: str) -> Found:
    low, found = token.lower(), {}
    propose(found, low, "same")
    if token != low:
        propose(found, token, "as-is")
    propose(found, "<id>", "id")
    if has_digit(low):
        for plain in ("<num>", ""):
            propose(found, plain, "digit")
        for plain in first(tables.digits.get(masked(token), {}), 3):
            propose(found, plain, "mask")
    else:
        propose(found, "<sensitive>", "name")
    if len(low) <= LONGEST:
        take_apart(tables, low, found)
        if is_word(low):
            word(tables, low, found)
        endings(tables, low, found)
    return found


def propose(found: Found, plain: str, rule: str) -> None:
    found.setdefault(plain, set()).add(rule)


def take_apart(tables: Tables, low: str, found: Found) -> None:
    """oil/filter, pos1+2, ab123-inspect: the pieces by themselves, what joins them kept, spoken or dropped."""
    small = parts(low)
    if len(small) < 2:
        return
    ways = {"small": small, "large": pieces(tables, small)}
    for name, split in ways.items():
        if len(split) < 2 or (name == "large" and len(split) == len(small)):
            continue
        plain = [part if is_separator(part) else alone(tables, part) for part in split]
        propose(found, joined(plain), f"{name}-kept")
        propose(found, joined([SPOKEN.get(part, part) for part in plain]), f"{name}-spoken")
        propose(found, joined([part for part in plain if not is_separator(part)]), f"{name}-dropped")
        if name == "small":
            propose(found, "".join(plain), "small-joined")


def joined(plain: list[str]) -> str:
    return " ".join(part for part in plain if part)


def pieces(tables: Tables, small: list[str]) -> list[str]:
    """Fewest pieces that are known: ab123-c/out -> ab123 - c/out."""
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(small) + 1):
        ways = []
        for start in range(max(0, end - 6), end):
            piece = "".join(small[start:end])
            cost = cost_of(tables, piece, end - start)
            if cost is not None:
                ways.append((best[start][0] + cost, [*best[start][1], piece]))
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]


def cost_of(tables: Tables, piece: str, size: int) -> float | None:
    known = tables.known(piece) > 0
    if size > 1 and not known and not (has_digit(piece) and tables.shapes.get(shape(piece), {}).get("<id>", 0) > 1):
        return None
    return 1 if known or is_separator(piece) or has_digit(piece) else 2.5


def alone(tables: Tables, piece: str) -> str:
    """What a piece means without neighbours."""
    if tables.known(piece) > 0:
        return tables.top(piece)
    if piece.isdigit():
        return "<num>"
    if has_digit(piece) and tables.shapes.get(shape(piece), {}).get("<id>", 0) > 0:
        return "<id>"
    return first(tables.digits.get(masked(piece), {}) if has_digit(piece) else {}, 1, [piece])[0]


def word(tables: Tables, low: str, found: Found) -> None:
    if len(low) > 3:
        near = {}
        for length in (len(low) - 1, len(low), len(low) + 1):
            for other in tables.by_length.get(length, ()):
                if one_edit(low, other):
                    for plain, n in tables.low[other].items():
                        near[plain] = near.get(plain, 0) + n
        for plain in first(near, 4):
            propose(found, plain, "edit")
    if len(low) > 1:
        by_letter = [w for w in tables.by_letter.get(low[0], ()) if len(w) > len(low) and tables.words[w] > 0]
        for name, words in {
            "skeleton": [w for w in tables.by_skeleton.get(skeleton(low), ()) if w != low and tables.words[w] > 0],
            "prefix": [w for w in by_letter if w.startswith(low)],
            "within": [w for w in by_letter if is_within(low, w)],
        }.items():
            for plain in words[:3]:
                propose(found, plain, name)
    if len(low) > 5:
        for cut in range(2, len(low) - 1):
            if tables.known(low[:cut]) > 3 and tables.known(low[cut:]) > 3:
                propose(found, joined([tables.top(low[:cut]), tables.top(low[cut:])]), "two-words")


def endings(tables: Tables, low: str, found: Found) -> None:
    if low.endswith("'s"):
        owner = alone(tables, low[:-2])
        propose(found, f"{owner}s", "plural")
        propose(found, f"{owner}'s", "possessive")
        propose(found, owner, "ending-dropped")
    elif low.endswith("s") and tables.known(low[:-1]) > 0:
        propose(found, f"{tables.top(low[:-1])}s", "plural")
