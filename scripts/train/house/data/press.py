"""The demo press's windows of tags, as scripts/demo-set.ts writes them."""

import csv
import json
from pathlib import Path

import lightning as L
import numpy as np
import torch

from house.data.castings import split
from house.fit import loader

LABELS = ["normal", "overheating", "pressure-drift"]


class Press(L.LightningDataModule):
    def __init__(self, folder: Path, batch: int, seed: int):
        super().__init__()
        self.batch, self.seed = batch, seed
        self.about = json.loads((folder / "windows.json").read_text())
        rows = list(csv.DictReader((folder / "windows.csv").open()))
        self.windows = np.fromfile(folder / "windows.f32", "<f4").reshape(len(rows), self.about["steps"], len(self.about["channels"]))
        self.labels = np.array([LABELS.index(row["label"]) for row in rows])
        self.days = np.array([int(row["seed"]) for row in rows])
        held = split(sorted(set(self.days.tolist())))
        self.parts = np.array([held.get(day, "train") for day in self.days])

    def rows(self, part: str) -> np.ndarray:
        return np.flatnonzero(self.parts == part)

    def usual(self) -> tuple[np.ndarray, np.ndarray]:
        """Level and spread of each tag. By quartiles: windows of good parts hold faults too, before and after the moment that counts."""
        training = self.rows("train")
        good = self.windows[training][self.labels[training] == 0].reshape(-1, self.windows.shape[2]).astype(np.float64)
        low, usual, high = np.quantile(good, [0.25, 0.5, 0.75], axis=0).astype(np.float32)
        return usual, (high - low) / np.float32(1.35)

    def train_dataloader(self):
        rows = self.rows("train")
        pairs = torch.utils.data.TensorDataset(torch.from_numpy(self.windows[rows]), torch.from_numpy(self.labels[rows]))
        return loader(pairs, self.batch, seed=self.seed, epoch=self.trainer.current_epoch)
