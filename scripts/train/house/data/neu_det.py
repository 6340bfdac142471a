"""neu-det: photos of hot-rolled steel strip, six kinds of defect, boxes. Pictures were scaled up from 200 pixels; the boxes were not."""

import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import torch

from house.data.pictures import Pictures, Views, prepared
from house.data.table import Table
from house.fit import loader

CLASSES = ["crazing", "inclusion", "patches", "pitted_surface", "rolled-in_scale", "scratches"]  # as the set calls them
BOXED = 200   # pixels that the boxes are counted in
MOST = 32     # boxes of a picture


class NeuDet(Pictures):
    """`hold`: folds kept out of training (0 is the test fold). `limit`: only so many pictures of each class and side of the split."""

    def __init__(self, folder: Path, cache: Path, size: int, batch: int, seed: int, hold=(0,), limit: int | None = None):
        super().__init__()
        self.size, self.batch, self.seed, self.hold = size, batch, seed, tuple(hold)
        table = Table(folder, limit)
        rows = table.rows
        self.labels = np.array([CLASSES.index(row["class"]) for row in rows])
        self.folds = table.folds
        self.images = prepared(table.files, size, size, 1, cache)
        self.boxes = [boxes(folder / row["annotation"]) for row in rows]

    def rows(self, fold: int) -> np.ndarray:
        return np.flatnonzero(self.folds == fold)

    @property
    def training(self) -> np.ndarray:
        return np.flatnonzero(~np.isin(self.folds, self.hold))

    @property
    def steps(self) -> int:
        return len(self.training) // self.batch

    def train_dataloader(self):
        return loader(Strips(self, self.training), self.batch, seed=self.seed, epoch=self.trainer.current_epoch)


def boxes(file: Path) -> np.ndarray:
    """[n, 5]: class, and corners in 0..1 of the picture."""
    found = []
    for thing in xml.parse(file).iter("object"):
        corners = [float(thing.find(f"bndbox/{name}").text) / BOXED for name in ("xmin", "ymin", "xmax", "ymax")]
        found.append([CLASSES.index(thing.find("name").text), *np.clip(corners, 0, 1)])
    return np.array(found, np.float32).reshape(-1, 5)


class Strips(Views):
    """Augmented pictures: image, boxes [MOST, 5] with class -1 where there is none, class of the picture."""

    def view(self, rng, data: NeuDet, i: int):
        image, found = augment(rng, data.images[i][..., 0], data.boxes[i])
        padded = np.full((MOST, 5), -1, np.float32)
        padded[: len(found)] = found[:MOST]
        return torch.from_numpy(light(rng, image)[..., None]), torch.from_numpy(padded), int(data.labels[i])


def augment(rng, image, found):
    """Mirrored either way."""
    found = found.copy()
    for axis in (0, 1):
        if rng.random() < 0.5:
            image = np.flip(image, axis)
            low, high = (2, 4) if axis == 0 else (1, 3)
            found[:, [low, high]] = 1 - found[:, [high, low]]
    return image, found


def light(rng, image) -> np.ndarray:
    bright = 255 * (image / 255.0) ** np.exp(rng.uniform(-0.3, 0.3)) * rng.uniform(0.8, 1.2) + rng.uniform(-15, 15)
    return np.clip(bright + 0.5, 0, 255).astype(np.uint8)
