"""folds.csv of a picture set: file, class, fold and group of each picture. Fold 0 is the test side."""

import csv
from pathlib import Path

import numpy as np


class Table:
    """`limit`: only so many pictures of each class and side of the split, for quick runs."""

    def __init__(self, folder: Path, limit: int | None = None):
        rows = list(csv.DictReader((folder / "folds.csv").open()))
        if limit:
            rows = [row for i, row in enumerate(rows) if sum(side(row) == side(other) for other in rows[:i]) < limit]
        self.rows = rows
        self.files = [folder / row["file"] for row in rows]
        self.classes = sorted({row["class"] for row in rows})
        self.labels = np.array([self.classes.index(row["class"]) for row in rows])
        self.folds = np.array([int(row["fold"]) for row in rows])
        self.groups = np.array([int(row.get("group", i)) for i, row in enumerate(rows)])


def side(row: dict) -> tuple[str, bool]:
    return row["class"], row["fold"] == "0"
