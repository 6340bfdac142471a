"""maintie: plain maintenance texts with entities of five classes, which may nest. `split.csv` says which texts are for testing."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

LABELS = ["none", "Activity", "PhysicalObject", "Process", "Property", "State"]
LONGEST = 4                         # tokens of an entity; none is longer


@dataclass(frozen=True)
class Annotated:
    words: tuple[str, ...]
    entities: frozenset[tuple[int, int, str]]  # first word, behind the last word, class

    @property
    def plain(self) -> str:
        return " ".join(self.words)


def read(folder: Path) -> dict[str, list[Annotated]]:
    stored = json.loads((folder / "gold_release.json").read_text(encoding="utf-8"))
    split = {int(row["index"]): row["split"] for row in csv.DictReader((folder / "split.csv").open())}
    found: dict[str, list[Annotated]] = {"train": [], "test": []}
    for index, text in enumerate(stored):
        entities = frozenset((e["start"], e["end"], e["type"].split("/")[0]) for e in text["entities"])
        found[split[index]].append(Annotated(tuple(text["tokens"]), entities))
    return found


def micro_f1(counts) -> float:
    """From rows of (right, found, wanted)."""
    right, found, wanted = counts.sum(0)
    return float(2 * right / max(1, found + wanted))
