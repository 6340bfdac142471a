"""surface-defect: which of six surface conditions a ferrite tile shows, and where."""

from pathlib import Path

import cv2
import numpy as np
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging
from tqdm import tqdm

from house.data.magnetic_tile import MagneticTile
from house.figures import auroc, interval, macro_f1
from house.fit import fit
from house.graph import export
from house.networks.quantized import QuantizationAware, attach
from house.networks.surface import Surface, SurfaceTraining
from house.recipe import Recipe
from house.session import Session


class SurfaceDefect(Recipe):
    @property
    def labels(self) -> list[str]:
        return self.config.manifest["labels"]

    def data(self, hold=(0,)) -> MagneticTile:
        data = self.config.data
        return MagneticTile(self.place.data(data["folder"]), self.place.cache, hold=hold, seed=self.config.seed,
                            **{k: data[k] for k in ("size", "batch", "limit", "paste") if k in data})

    def module(self) -> SurfaceTraining:
        network, schedule = self.config.network, self.config.schedule
        net = Surface(self.config.data["size"], len(self.labels), network["frozen"], network["width"])
        attach(net)
        return SurfaceTraining(net, schedule["rates"])

    def fitted(self, name: str, hold, epochs: int) -> Surface:
        work = self.place.work / name
        data = self.data(hold)
        aware = QuantizationAware(epochs - self.config.schedule["aware"])
        # From the middle on: before it the weights are still on their way, and what they were at first must not stay in.
        average = EMAWeightAveraging(decay=self.config.schedule["average"], update_starting_at_step=epochs * data.steps // 2)
        return fit(self.module(), data, work, epochs, self.config.seed, [aware, average], gradient_clip_val=1.0).net

    def train(self) -> None:
        self.fitted("final", self.config.data["hold"], self.config.schedule["epochs"])

    def export(self, file: Path) -> None:
        net = self.fitted("final", self.config.data["hold"], self.config.schedule["epochs"])
        size = self.config.data["size"]
        export(net, (torch.zeros(1, size, size, 1, dtype=torch.uint8),), file, ["image"], ["probabilities", "heatmap"])

    def samples(self) -> list[dict]:
        data = self.data()
        chosen = np.random.default_rng(4).choice(data.training, min(100, len(data.training)), replace=False)
        return [{"image": data.images[i][None]} for i in chosen]

    def judge(self, session: Session, data: MagneticTile, rows) -> np.ndarray:
        return np.concatenate([session(image=data.images[i][None])["probabilities"] for i in tqdm(rows, "judging")])

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows(0)
        return self.measured(self.judge(session, data, rows), data.labels[rows], data.groups[rows])

    def measured(self, probabilities, labels, groups) -> dict:
        faulty, score, guess = labels > 0, 1 - probabilities[:, 0], probabilities.argmax(1)
        return {"auroc": interval(lambda r: auroc(faulty[r], score[r]), groups),
                "macro_f1": interval(lambda r: macro_f1(labels[r], guess[r], len(self.labels)), groups)}

    def baseline(self) -> dict:
        data = self.data()
        rows = data.rows(0)
        nothing = np.tile(np.eye(len(self.labels))[0], (len(rows), 1))
        return {"name": "always good", "figures": self.measured(nothing, data.labels[rows], data.groups[rows])}

    def goldens(self) -> list[tuple[str, dict]]:
        """Tiles that never existed: grainy grey, and on it a hole, a crack, a shadow."""
        size, rng = self.config.data["size"], np.random.default_rng(3)
        unit = size / 224

        def tile():
            grain = cv2.GaussianBlur(rng.normal(0, 1, (size, size)), (0, 0), 1.2)
            return 100 + 5 * grain / grain.std() + np.linspace(-5, 5, size)[None, :]

        hole, crack, shadow = tile(), tile(), tile()
        cv2.circle(hole, (int(130 * unit), int(90 * unit)), int(6 * unit), 30, -1)
        points = np.cumsum(rng.normal([3, 1], 2.5, (45, 2)), 0) + [40, 60]
        cv2.polylines(crack, [(points * unit).astype(np.int32)], False, 45, 2)
        away = (np.mgrid[:size, :size] - (np.array([150, 70]) * unit)[:, None, None]) ** 2
        shadow -= 45 * np.exp(-away.sum(0) / 2 / (40 * unit) ** 2)
        pictures = {"plain": tile(), "hole": hole, "crack": crack, "shadow": shadow}
        return [(name, {"image": np.clip(p, 0, 255).astype(np.uint8)[None, ..., None]}) for name, p in pictures.items()]


RECIPE = SurfaceDefect
