"""screws: photos of a wooden plate with four places for a screw; the file name says which of them hold one (1) and which do not (0)."""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from house.data.pictures import Pictures, Views, read
from house.data.plates import plate
from house.fit import loader
from make_prepare import Prepare  # house.data.pictures makes it known

CLASSES = ["present", "missing"]
WIDTH, HEIGHT = 600, 789


def quarters() -> list[tuple[int, int, int, int]]:
    """x, y, width, height of each place, in the order of the file name: the plate moves, but never so far that a place leaves its quarter."""
    half, middle = WIDTH // 2, HEIGHT // 2
    return [(0, 0, half, middle), (half, 0, WIDTH - half, middle), (0, middle, half, HEIGHT - middle), (half, middle, WIDTH - half, HEIGHT - middle)]


@dataclass(frozen=True)
class Photo:
    present: str  # a sign for each place
    part: str     # of the split
    picture: np.ndarray


def photos(folder: Path, limit: int | None = None) -> list[Photo]:
    """The set's, or the first `limit` of each part."""
    rows = sorted(csv.DictReader((folder / "split.csv").open()), key=lambda row: row["file"])
    if limit:
        rows = [row for part in ("train", "test") for row in [r for r in rows if r["split"] == part][:limit]]
    return [Photo(row["present"], row["split"], read(folder / row["file"], 3)) for row in rows]


def drawn(count: int, seed: int = 4) -> list[Photo]:
    """As many of each part, where the set is not at hand."""
    rng = np.random.default_rng(seed)
    signs = ["".join(rng.choice(["0", "1"], 4)) for _ in range(2 * count)]
    return [Photo(present, "train" if n < count else "test", plate(rng, present, quarters())) for n, present in enumerate(signs)]


class Screws(Pictures):
    """Each place is a sample; `plates` says which photo it is of. `rehearse` holds out every fourth training photo too."""

    def __init__(self, photos: list[Photo], height: int, width: int, batch: int, seed: int, copies: int, rehearse: bool = False):
        super().__init__()
        self.height, self.width, self.batch, self.seed, self.copies = height, width, batch, seed, copies
        prepare, training = Prepare("rgb8", 3), 0
        images, labels, parts = [], [], []
        for photo in photos:
            training += photo.part == "train"
            held = photo.part == "train" and rehearse and training % 4 == 0
            for quarter, present in zip(quarters(), photo.present, strict=True):
                images.append(prepare(photo.picture, height, width, quarter)[0])
                labels.append(CLASSES.index("present" if present == "1" else "missing"))
                parts.append("rehearsal" if held else photo.part)
        self.images, self.labels, self.parts = np.stack(images), np.array(labels), np.array(parts)
        self.plates = np.repeat(np.arange(len(photos)), 4)

    def rows(self, part: str) -> np.ndarray:
        return np.flatnonzero(self.parts == part)

    @property
    def training(self) -> np.ndarray:
        return self.rows("train")

    @property
    def steps(self) -> int:
        return self.copies * len(self.training) // self.batch

    def train_dataloader(self):
        places = np.tile(self.training, self.copies)
        # Both kinds alike, however many of each there are.
        weights = 1 / np.bincount(self.labels[places], minlength=2)[self.labels[places]]
        return loader(Places(self, places), self.batch, weights, seed=self.seed, epoch=self.trainer.current_epoch)


class Places(Views):
    def view(self, rng, data: Screws, i: int):
        return torch.from_numpy(augment(rng, data.images[i])), int(data.labels[i])


def augment(rng, image: np.ndarray) -> np.ndarray:
    """Plates move and turn, lamps differ in strength and colour."""
    height, width = image.shape[:2]
    image = np.flip(image, [axis for axis in (0, 1) if rng.random() < 0.5])
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-20, 20), rng.uniform(0.85, 1.2))
    turn[:, 2] += rng.uniform(-0.1, 0.1, 2) * (width, height)
    image = cv2.warpAffine(np.ascontiguousarray(image), turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    light = 255 * (image / 255.0) ** np.exp(rng.uniform(-0.4, 0.4)) * rng.uniform(0.75, 1.25) * rng.uniform(0.85, 1.15, 3)
    return np.clip(light + rng.normal(0, rng.uniform(0, 6), image.shape) + 0.5, 0, 255).astype(np.uint8)
