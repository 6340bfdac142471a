"""Pictures as the agent prepares them, read once and kept in the cache."""

import hashlib
import sys
from pathlib import Path

import cv2
import numpy as np
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
