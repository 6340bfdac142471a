"""Which candidate it is, by a weighted sum of what the tables and rules say. agent/inference/text/ranking.ts is the same."""

import math
from dataclasses import dataclass

from house.normaliser.candidates import candidates
from house.normaliser.shapes import case, has_digit, is_word, masked, shape
from house.normaliser.tables import END, START, TWICE, Counts, Tables

Features = dict[str, float]
FEW = 3                             # a token seen less often than this is also looked at by the rules
DERIVED = {"skeleton", "prefix", "within", "edit"}
PLAIN = {"same", "as-is", "id", "name"}


@dataclass(frozen=True)
class Spot:
    """One token among its neighbours."""

    token: str
    low: str
    previous: str
    following: str
    first: bool
    last: bool
    shouted: bool                   # upper case where others are not


def spots(tokens: list[str]) -> list[Spot]:
    lows = [START, *(token.lower() for token in tokens), END]
    mixed = any(case(token) != "upper" for token in tokens)
    return [Spot(token, lows[i + 1], lows[i], lows[i + 2], i == 0, i == len(tokens) - 1, mixed and case(token) == "upper")
            for i, token in enumerate(tokens)]


def described(tables: Tables, spot: Spot) -> dict[str, Features]:
    """Every candidate with its features, in a fixed order."""
    seen = tables.row(spot.low)
    total = sum(seen.values())
    rules = {plain: set() for plain in sorted(seen)}
    if total < FEW:
        for plain, names in candidates(tables, spot.token).items():
            rules.setdefault(plain, set()).update(names)
    stage = "new" if total == 0 else "rare" if total < FEW else "known"
    found = {}
    for plain, names in rules.items():
        features = neighbours(tables, spot, plain, stage)
        if total > 0:
            features |= counted(tables, spot, plain, seen)
        if total < FEW:
            features |= guessed(tables, spot, plain, names, stage)
        found[plain] = features
    return found


def neighbours(tables: Tables, spot: Spot, plain: str, stage: str) -> Features:
    words = plain.split(" ")
    features = {f"left {stage}": beside(tables.left, spot.previous, words[0]), f"right {stage}": beside(tables.right, spot.following, words[-1])}
    if plain == "":
        features[f"empty {stage}"] = 1.0
        features[f"empty first {stage}"] = float(spot.first)
    return features


def beside(table: Counts, neighbour: str, word: str) -> float:
    n = table.get(neighbour, {}).get(word, 0)
    return math.log1p(n) if n >= TWICE else 0.0


def counted(tables: Tables, spot: Spot, plain: str, seen: dict[str, int]) -> Features:
    total, here = sum(seen.values()), seen.get(plain, 0)
    raw = tables.raw.get(spot.token, {})
    raw_total, share = sum(raw.values()), here / total
    features = {"raw": math.log1p(raw.get(plain, 0)), "raw share": raw.get(plain, 0) / (raw_total + 0.5),
                "low": math.log1p(here), "low share": here / (total + 0.5)}
    if len(seen) < 2:
        return features
    for name, table, neighbour in (("before", tables.before, spot.previous), ("after", tables.after, spot.following)):
        row = table.get(f"{spot.low} {neighbour}", {})
        n, row_total = row.get(plain, 0), sum(row.values())
        features |= {name: math.log1p(n), f"{name} share": n / (row_total + 0.5),
                     f"{name} likely": math.log((n + share + 0.01) / (row_total + 1.01))}
    return features | {"likely": math.log(share + 0.01), "raw likely": math.log((raw.get(plain, 0) + share + 0.01) / (raw_total + 1.01))}


def guessed(tables: Tables, spot: Spot, plain: str, rules: set[str], stage: str) -> Features:
    words = plain.split(" ")
    low, size = spot.low, math.log(len(spot.low))
    frequent = math.log1p(min(tables.words.get(word, 0) for word in words))
    digit, english = has_digit(low), all(word.lower() in tables.english for word in words)
    features = {"frequent": frequent, "unheard": float(frequent == 0), "length": abs(len(plain) - len(low)) / (len(low) + 2)}
    if digit:
        for name, row in (("mask", tables.digits.get(masked(spot.token), {})), ("shape", tables.shapes.get(shape(spot.token), {}))):
            n = row.get(plain, 0)
            features |= {f"{name} count": math.log1p(n), f"{name} share": n / (sum(row.values()) + 1)}
    for rule in rules:
        features |= {rule: 1.0, f"{rule} english": float(english), f"{rule} of english": float(low in tables.english)}
        if rule in DERIVED:
            features |= {f"{rule} size": size, f"{rule} frequent": frequent}
        if rule in PLAIN:
            features |= {f"{rule} {case(spot.token)}": 1.0, f"{rule} shouted": float(spot.shouted), f"{rule} size": size, f"{rule} digit": float(digit),
                         f"{rule} first": float(spot.first), f"{rule} last": float(spot.last), f"{rule} frequent": frequent,
                         f"{rule} word": float(is_word(low))}
    return {f"{name} {stage}": value for name, value in features.items()}


def best(found: dict[str, Features], weights: dict[str, float]) -> str:
    """Of equals the first."""
    chosen, most = "", -math.inf
    for plain, features in found.items():
        score = sum(weights.get(name, 0.0) * value for name, value in features.items())
        if score > most:
            chosen, most = plain, score
    return chosen
