"""What was counted in texts whose plain form is known. agent/inference/text/tables.ts is the same, without the counting."""

from collections import defaultdict

from house.normaliser.shapes import has_digit, is_word, masked, shape, skeleton

START, END = "^", "$"
Text = list[tuple[str, str]]        # raw token, plain token; the plain one may be empty or several words
Counts = dict[str, dict[str, int]]
STORED = ("raw", "digits", "shapes", "before", "after", "left", "right")
TWICE = 2                           # a word beside a neighbour counts from here


class Tables:
    """Counts by key and plain token. `english` knows words that no text has."""

    def __init__(self, english: frozenset[str]):
        self.english = english
        self.raw, self.digits, self.shapes = {}, {}, {}   # by token as it stands, by masked(), by shape()
        self.before, self.after = {}, {}                  # by "token neighbour", both lower case
        self.left, self.right = {}, {}                    # first word after, last word before this neighbour
        self.low, self.words = {}, {}                     # by lower-case token; how often each plain word

    def learn(self, text: Text, times: int = 1) -> None:
        """With -1 it forgets: a ranking is trained on what the tables would say had they not seen the text."""
        lows = [START, *(token.lower() for token, _ in text), END]
        for i, (token, plain) in enumerate(text):
            words = plain.split(" ")
            for table, key, value in (
                (self.raw, token, plain), (self.low, lows[i + 1], plain), (self.left, lows[i], words[0]), (self.right, lows[i + 2], words[-1]),
                (self.before, f"{lows[i + 1]} {lows[i]}", plain), (self.after, f"{lows[i + 1]} {lows[i + 2]}", plain),
            ):
                add(table, key, value, times)
            if has_digit(token):
                add(self.digits, masked(token), plain, times)
                add(self.shapes, shape(token), plain, times)
            for word in filter(None, words):
                self.words[word] = self.words.get(word, 0) + times

    def prune(self) -> None:
        """Leaves what changes an answer: neighbours where the token is ambiguous, numbers and codes only by their look."""
        self.raw = {token: plains for token, plains in self.raw.items() if self.row(token.lower())}
        for table in (self.before, self.after):
            for key in [key for key in table if len(self.row(key.split(" ")[0])) < 2]:
                del table[key]
        self.left, self.right = often(self.left), often(self.right)

    def index(self) -> None:
        """What candidates are looked up by; ordered, so that the first few are the most frequent."""
        self.by_length, self.by_skeleton, self.by_letter = defaultdict(list), defaultdict(list), defaultdict(list)
        for low in sorted(self.low):
            if len(low) > 3 and is_word(low):
                self.by_length[len(low)].append(low)
        for word in sorted(self.words, key=lambda word: (-self.words[word], word)):
            if len(word) > 2 and is_word(word):
                self.by_skeleton[skeleton(word)].append(word)
                self.by_letter[word[0]].append(word)

    def row(self, low: str) -> dict[str, int]:
        """What a lower-case token meant. A number or code that came once says nothing: its look does."""
        row = {plain: n for plain, n in self.low.get(low, {}).items() if n > 0}
        return {} if has_digit(low) and sum(row.values()) < 2 else row

    def top(self, low: str) -> str:
        """The plain form that a lower-case token has most often; the token itself where it is unknown."""
        return first(self.row(low), 1, [low])[0]

    def known(self, low: str) -> int:
        return sum(self.row(low).values())

    def save(self) -> dict[str, Counts]:
        return {name: getattr(self, name) for name in STORED}

    @staticmethod
    def load(stored: dict[str, Counts], english: frozenset[str]) -> "Tables":
        tables = Tables(english)
        for name in STORED:
            setattr(tables, name, stored[name])
        for token, plains in tables.raw.items():
            for plain, n in plains.items():
                add(tables.low, token.lower(), plain, n)
                for word in filter(None, plain.split(" ")):
                    tables.words[word] = tables.words.get(word, 0) + n
        tables.index()
        return tables


def add(table: Counts, key: str, value: str, times: int) -> None:
    row = table.setdefault(key, {})
    row[value] = row.get(value, 0) + times


def often(table: Counts, least: int = TWICE) -> Counts:
    kept = {key: {value: n for value, n in row.items() if n >= least} for key, row in table.items()}
    return {key: row for key, row in kept.items() if row}


def first(row: dict[str, int], count: int, otherwise=()) -> list[str]:
    """The most frequent; of equals the one that sorts first."""
    found = sorted((value for value in row if row[value] > 0), key=lambda value: (-row[value], value))
    return found[:count] or list(otherwise)
