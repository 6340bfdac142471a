"""The demo line's castings, as scripts/demo-set.ts draws them, and where demo-places.ts says that their defects lie."""

import csv
from collections import defaultdict
from pathlib import Path

import cv2
import lightning as L
import numpy as np
import torch

from house.data.pictures import prepared

LABELS = ["good", "scratch", "pore", "flash", "cold_shut"]
# mm from which on a defect counts; below it is a blemish. Nothing is drawn between the two.
LIMITS = {"scratch": 7, "pore": 1.6, "flash": 1, "cold_shut": 5}
WIDTH, HEIGHT = 320, 240
SIDE = 96  # of a cutting: what one place of the last layer sees, and a little more


class Castings(L.LightningDataModule):
    """Pictures, labels, days (seeds) and places. Of the plain good parts of a training day one in three is enough."""

    def __init__(self, folder: Path, cache: Path, batch: int, steps: int, seed: int):
        super().__init__()
        self.batch, self.steps, self.seed = batch, steps, seed
        rows = list(csv.DictReader((folder / "images.csv").open()))
        self.held = split(sorted({int(row["seed"]) for row in rows}))
        places = defaultdict(list)
        for place in csv.DictReader((folder / "places.csv").open()):
            places[place["seed"], place["part"]].append(place)
        here = lambda row: places[row["seed"], row["part"]]
        rows = [row for row in rows if here(row) or int(row["seed"]) in self.held or int(row["part"]) % 3 == 0]
        self.found = [[(kind_of(p), float(p["size"]), float(p["x"]), float(p["y"])) for p in here(row)] for row in rows]
        self.labels = np.array([max([kind for kind, *_ in found], default=0) for found in self.found])
        self.days = np.array([int(row["seed"]) for row in rows])
        self.images = prepared([folder / row["file"] for row in rows], HEIGHT, WIDTH, 1, cache)
        self.parts = np.array([self.held.get(day, "train") for day in self.days])

    def rows(self, part: str) -> np.ndarray:
        return np.flatnonzero(self.parts == part)

    def train_dataloader(self):
        return torch.utils.data.DataLoader(Cuttings(self, self.trainer.current_epoch), None)


def kind_of(place: dict) -> int:
    return LABELS.index(place["kind"]) if float(place["size"]) >= LIMITS[place["kind"]] else 0


def split(seeds: list[int]) -> dict[int, str]:
    """The last quarter of the days is for the figures, a tenth before it for the threshold."""
    test, limit = max(1, len(seeds) // 4), max(1, len(seeds) // 10)
    return {seed: "test" for seed in seeds[-test:]} | {seed: "limit" for seed in seeds[-test - limit : -test]}


class Cuttings(torch.utils.data.IterableDataset):
    """SIDE x SIDE pixels of castings, half of them around a defect or blemish, and the class of each 8x8: -1 where it may be either."""

    def __init__(self, data: Castings, epoch: int):
        self.data, self.epoch = data, epoch

    def __len__(self):
        return self.data.steps

    def __iter__(self):
        data, rng, training = self.data, np.random.default_rng([self.data.seed, self.epoch]), self.data.rows("train")
        marked = [i for i in training if data.found[i]]
        weights = 1 / np.sqrt(np.bincount(data.labels[marked]))[data.labels[marked]]
        for _ in range(data.steps):
            pairs = [cutting(rng, data, rng.choice(marked, p=weights / weights.sum()) if n % 3 else rng.choice(training), bool(n % 3))
                     for n in range(data.batch)]
            yield torch.from_numpy(np.stack([view for view, _ in pairs])), torch.from_numpy(np.stack([cells for _, cells in pairs]))


def cutting(rng, data: Castings, row: int, aimed: bool):
    found, centre = data.found[row], np.arange(SIDE // 8) * 8 + 3.5
    aim = found[rng.integers(len(found))][2:] if aimed else (rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT))
    left, top = (int(np.clip(a - SIDE / 2 + rng.integers(-32, 33), 0, most - SIDE)) for a, most in zip(aim, (WIDTH, HEIGHT)))
    view, cells = data.images[row][top : top + SIDE, left : left + SIDE].astype(np.float32), np.zeros((SIDE // 8, SIDE // 8), np.int64)
    for kind, size, x, y in found:
        far = np.hypot(*np.meshgrid(centre - (x - left), centre - (y - top)))
        # Its middle is certain, its ends depend on how it is turned; a flash is 40 pixels wide whatever its height.
        reach = 2 * (20 if LABELS[kind] == "flash" else size) / 2 + 12
        if kind:
            cells[(far < reach) & (cells == 0)] = -1
            cells[far < 8] = kind
    view = np.clip(view * rng.uniform(0.85, 1.15) + rng.uniform(-10, 10), 0, 255).astype(np.uint8)
    flips = [axis for axis in (0, 1) if rng.random() < 0.5]
    return np.ascontiguousarray(np.flip(view, flips)), np.ascontiguousarray(np.flip(cells, flips))
