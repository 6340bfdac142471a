"""Pictures as the agent prepares them, read once and kept in the cache."""

import hashlib
import sys
from pathlib import Path

import cv2
import lightning as L
import numpy as np
import torch
from tqdm import tqdm

from house.config import HOUSE

sys.path.append(str(HOUSE))
from make_prepare import Prepare  # noqa: E402


def prepared(files: list[Path], height: int, width: int, channels: int, cache: Path) -> np.ndarray:
    """uint8 [n, height, width, channels], through the graphs of agent/inference/prepare: training sees what the agent will show."""
    name = hashlib.sha256("\n".join([*map(str, files), str((height, width, channels))]).encode()).hexdigest()[:12]
    kept = cache / f"pictures-{name}.npy"
    if not kept.exists():
        prepare = Prepare("mono8" if channels == 1 else "rgb8", channels)
        images = np.stack([prepare(read(file, channels), height, width)[0] for file in tqdm(files, "reading pictures")])
        np.save(kept, images)
    return np.load(kept, mmap_mode="r")


def read(file: Path, channels: int) -> np.ndarray:
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise SystemExit(f"{file} cannot be read")
    return picture


class Views(torch.utils.data.Dataset):
    """What is learned from the rows of a set, each time drawn a little otherwise. `loader` counts the epochs; the same run draws the same again."""

    def __init__(self, data, rows: np.ndarray):
        self.data, self.places, self.epoch = data, rows, 0

    def __len__(self):
        return len(self.places)

    def __getitem__(self, n):
        return self.view(np.random.default_rng([self.data.seed, self.epoch, int(torch.randint(2**31, ()))]), self.data, self.places[n])

    def view(self, rng, data, i: int):
        raise NotImplementedError


class Pictures(L.LightningDataModule):
    """What picture sets share. With `frozen` sessions, batches leave as what the frozen part of the backbone makes of their pictures: in
    onnxruntime it costs a third, and the layers behind it learn on what int8 makes of it, every other time."""

    frozen = ()
    turn = 0

    def on_after_batch_transfer(self, batch, dataloader_idx):
        if not self.frozen:
            return batch
        self.turn += 1
        image, *rest = batch
        levels = self.frozen[self.turn % len(self.frozen)](image=image.cpu().numpy())
        return [torch.from_numpy(level).to(image.device) for level in levels.values()], *rest
