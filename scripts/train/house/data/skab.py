"""SKAB: recordings of a water circuit with faults, and one without. Windows of normal rows in spreads of their own recording."""

import csv
from dataclasses import dataclass
from pathlib import Path

import lightning as L
import numpy as np
import torch

from house.fit import loader

# SKAB's column, what the package calls it, unit, scored. Temperatures drift through any limit learned in some minutes: they are context
# for the others. Lag-1 autocorrelation shows it over many recordings (median 0.92 and 0.94), not reliably over the 400 rows of one.
TAGS = [("Accelerometer1RMS", "accelerometer_1", "g", True), ("Accelerometer2RMS", "accelerometer_2", "g", True),
        ("Current", "current", "A", True), ("Pressure", "pressure", "bar", True),
        ("Temperature", "temperature", "°C", False), ("Thermocouple", "thermocouple", "°C", False),
        ("Voltage", "voltage", "V", True), ("Volume Flow RateRMS", "flow", "L/min", True)]
SCORED = np.array([scored for *_, scored in TAGS], np.float32)
CHANNELS = len(TAGS)
QUIET = "anomaly-free"


@dataclass(frozen=True)
class Recording:
    name: str
    rows: np.ndarray   # [n, tags], raw units
    truth: np.ndarray  # [n], faulty


def read(folder: Path) -> list[Recording]:
    return [recording(file) for file in sorted((folder / "data").rglob("*.csv"))]


def recording(file: Path) -> Recording:
    rows = list(csv.DictReader(file.open(), delimiter=";"))
    values = np.array([[float(row[column]) for column, *_ in TAGS] for row in rows], np.float32)
    truth = np.array([float(row.get("anomaly", 0)) for row in rows]) > 0.5
    return Recording(f"{file.parent.name}/{file.stem}", values, truth)


def drawn(count: int = 6, length: int = 900, seed: int = 4) -> list[Recording]:
    """A pump that never ran, where the set is not at hand: tags that sway together, drift, and in two thirds of recordings leave."""
    rng = np.random.default_rng(seed)
    level, spread = np.array([0.1, 0.2, 1.5, 0.3, 80, 25, 230, 60]), np.array([0.01, 0.02, 0.3, 0.2, 0.5, 0.1, 8, 2])
    recordings = []
    for n in range(count):
        time = np.arange(length)
        sway = np.stack([np.sin(time / period + rng.uniform(0, 6)) for period in (7, 15, 40)], 1) @ rng.normal(0, 0.4, (3, CHANNELS))
        z = sway + rng.normal(0, 1, (length, CHANNELS)) + (1 - SCORED) * np.linspace(0, rng.uniform(-3, 3), length)[:, None]
        truth = np.zeros(length, bool)
        if n % 3:
            truth[600:800] = True
            z[truth] += rng.choice([-1, 1], CHANNELS) * rng.uniform(2, 6, CHANNELS) * SCORED * (rng.random(CHANNELS) < 0.5)
            z[truth, 3] += 4
        recordings.append(Recording(f"{'drawn' if n % 3 else QUIET}/{n}", (level + spread * z).astype(np.float32), truth))
    return recordings


def usual(rows: np.ndarray, floor: float = 1e-6) -> tuple[np.ndarray, np.ndarray]:
    normal = rows.astype(np.float64)
    return normal.mean(0).astype(np.float32), np.maximum(normal.std(0), floor).astype(np.float32)


class NormalWindows(L.LightningDataModule):
    """Normal rows alone: of a recording with faults the first `normal` ones, of one without all."""

    def __init__(self, recordings: list[Recording], length: int, normal: int, batch: int, steps: int, seed: int):
        super().__init__()
        self.batch, self.steps, self.seed = batch, steps, seed
        self.windows = torch.from_numpy(np.stack(list(pieces(recordings, length, normal))))

    def train_dataloader(self):
        same = torch.ones(len(self.windows))
        return loader(_Rows(self.windows), self.batch, same, self.batch * self.steps, self.seed, self.trainer.current_epoch)


class _Rows(torch.utils.data.Dataset):
    def __init__(self, windows: torch.Tensor):
        self.windows, self.epoch = windows, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, n):
        return self.windows[n]


def pieces(recordings: list[Recording], length: int, normal: int):
    for one in recordings:
        mean, spread = usual(one.rows[:normal])
        last = len(one.rows) if one.name.startswith(QUIET) else normal
        z = (one.rows[:last] - mean) / spread
        for start in range(last - length + 1):
            if not one.truth[start : start + length].any():
                yield z[start : start + length]
