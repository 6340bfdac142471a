"""magnetic-tile: grey photos of ferrite tiles with pixel masks. Tiles of one group are never on both sides of a split."""

from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from house.data.pictures import Pictures, Views, prepared
from house.data.table import Table
from house.fit import loader

CLASSES = ["Free", "Blowhole", "Break", "Crack", "Fray", "Uneven"]  # as the set calls them; 0 is good


class MagneticTile(Pictures):
    """`hold`: folds kept out of training (0 is the test fold). `limit`: use only so many pictures of each class and side of the split."""

    def __init__(self, folder: Path, cache: Path, size: int, batch: int, seed: int, hold=(0,), limit: int | None = None, paste: float = 0.0):
        super().__init__()
        self.size, self.batch, self.seed, self.paste, self.hold = size, batch, seed, paste, tuple(hold)
        table = Table(folder, limit)
        rows = table.rows
        self.labels = np.array([CLASSES.index(row["class"]) for row in rows])
        self.folds = table.folds
        self.groups = table.groups
        self.images = prepared(table.files, size, size, 1, cache)
        self.masks = masks([folder / row["mask"] for row in rows], size, cache)

    def rows(self, fold: int) -> np.ndarray:
        return np.flatnonzero(self.folds == fold)

    @property
    def training(self) -> np.ndarray:
        return np.flatnonzero(~np.isin(self.folds, self.hold))

    @property
    def steps(self) -> int:
        return len(self.training) // self.batch

    def train_dataloader(self):
        rows = self.training
        # Seven of ten tiles are good: each class is drawn by the square root of how often it occurs.
        weights = 1 / np.sqrt(np.bincount(self.labels[rows], minlength=len(CLASSES)))[self.labels[rows]]
        return loader(Tiles(self, rows), self.batch, weights, seed=self.seed, epoch=self.trainer.current_epoch)


def masks(files: list[Path], size: int, cache: Path) -> np.ndarray:
    """Share of defect in every pixel of the network's picture, 0..255."""
    kept = cache / f"tile-masks-{size}-{len(files)}.npy"
    if not kept.exists():
        read = (cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in tqdm(files, "reading masks"))
        np.save(kept, np.stack([cv2.resize((m > 127).astype(np.uint8) * 255, (size, size), interpolation=cv2.INTER_AREA) for m in read]))
    return np.load(kept, mmap_mode="r")


class Tiles(Views):
    """Augmented tiles: image, mask, label."""

    def __init__(self, data: MagneticTile, rows: np.ndarray):
        super().__init__(data, rows)
        self.faulty = [i for i in rows if data.labels[i] > 0 and data.masks[i].any()]

    def view(self, rng, data: MagneticTile, i: int):
        image, mask, label = data.images[i][..., 0], data.masks[i], data.labels[i]
        image, mask = augment(rng, image, mask)
        if label == 0 and self.faulty and rng.random() < data.paste:
            j = self.faulty[rng.integers(len(self.faulty))]
            image, mask = paste(rng, image, *augment(rng, data.images[j][..., 0], data.masks[j]))
            label = data.labels[j] if mask.any() else 0
        return torch.from_numpy(light(rng, image)[..., None]), torch.from_numpy(mask), int(label)


def augment(rng, image, mask):
    """Tiles lie in any of four ways, and cameras tilt a little."""
    size = len(image)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(-10, 10), rng.uniform(0.9, 1.15))
    turn[:, 2] += rng.uniform(-0.05, 0.05, 2) * size
    flips = [axis for axis in (0, 1) if rng.random() < 0.5]
    return [cv2.warpAffine(np.ascontiguousarray(np.flip(part, flips)), turn, (size, size), borderMode=cv2.BORDER_REFLECT_101) for part in (image, mask)]


def light(rng, image) -> np.ndarray:
    """Lamps age, sensors hiss."""
    bright = 255 * (image / 255.0) ** np.exp(rng.uniform(-0.4, 0.4)) * rng.uniform(0.8, 1.2) + rng.uniform(-20, 20)
    return np.clip(bright + rng.normal(0, rng.uniform(0, 5), image.shape) + 0.5, 0, 255).astype(np.uint8)


def paste(rng, image, other, mask):
    """Another tile's defect on a good one: as much darker or lighter than its surroundings as it was there."""
    soft = cv2.GaussianBlur(cv2.dilate(mask, np.ones((5, 5))), (0, 0), 2).astype(np.float32) / 255
    around = cv2.dilate(mask, np.ones((25, 25))) > 0
    rest = around & (mask < 25) if (around & (mask < 25)).any() else np.ones_like(around)
    moved = other.astype(np.float32) - other[rest].mean() + image[rest].mean()
    return np.clip(image * (1 - soft) + moved * soft, 0, 255).astype(np.uint8), mask
