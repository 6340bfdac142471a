"""What a model's recipe has to say; the stages do the rest."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from house.config import Config, Place
from house.session import Session

Sample = dict[str, np.ndarray]


@dataclass(frozen=True)
class Evidence:
    """What a classifier said of the test pictures, for the model card. Numbers of labels, pictures [h, w] or [h, w, 3]."""

    truth: np.ndarray
    guess: np.ndarray
    sure: np.ndarray                   # probability of the guess
    images: list[np.ndarray]
    score: np.ndarray | None = None    # higher means more likely faulty
    faulty: np.ndarray | None = None   # None where the set has no good parts


class Recipe(ABC):
    """One model. Made anew for every stage: what a later stage needs, an earlier one leaves in `place.work`."""

    def __init__(self, config: Config, place: Place):
        self.config, self.place = config, place

    @abstractmethod
    def train(self) -> None:
        """Fits the network (house.fit) and leaves it in `place.work`. Called again after an interruption, it goes on."""

    @abstractmethod
    def export(self, file: Path) -> None:
        """Writes the trained network as fp32 ONNX, preprocessing inside (house.graph.export)."""

    @abstractmethod
    def samples(self) -> list[Sample]:
        """Inputs to calibrate int8 with: from training data only."""

    @abstractmethod
    def goldens(self) -> list[tuple[str, Sample]]:
        """Name and inputs, drawn or seeded: never from a data set whose licence does not allow it, never so plain that outputs sit at 0 or 1."""

    @abstractmethod
    def figures(self, session: Session) -> dict:
        """{name: {value, low, high}} on the frozen test split. Used until the package has an `evaluation` protocol that the agent's evaluator knows."""

    def baseline(self) -> dict:
        """{name, figures} of what learns nothing, on the same split."""
        return {}

    def evidence(self, session: Session) -> Evidence | None:
        """For the model card's confusion matrix, curve and worst pictures; None leaves them out."""
        return None

    def finish(self, draft: Path) -> dict:
        """More for the manifest that only the trained files can tell, such as thresholds chosen on training data. Called when they are all there."""
        return {}

    def quantize(self, source: Path, target: Path, variant: str) -> dict:
        """Makes one int8 file and returns its `quantization` entry. The default does what the config's `quantization` says."""
        from house.quantize import quantize

        return quantize(source, target, variant, self.samples(), **self.config.quantization)

    def complete(self, file: Path) -> None:
        """Last work on a variant's file, fp32 and int8 alike, before goldens are drawn from it."""
