"""surface-defect: which of six surface conditions a ferrite tile shows, and where."""

from pathlib import Path

import cv2
import numpy as np

from house.data.magnetic_tile import MagneticTile
from house.figures import auroc, interval, macro_f1
from house.networks.quantized import attach
from house.networks.surface import Surface, SurfaceTraining
from house.recipe import Evidence
from house.session import Session
from house.tuned import Tuned


class SurfaceDefect(Tuned):
    outputs = ["probabilities", "heatmap"]

    def data(self, hold=(0,)) -> MagneticTile:
        data = self.config.data
        return MagneticTile(self.place.data(data["folder"]), self.place.cache, hold=hold, seed=self.config.seed,
                            **{k: data[k] for k in ("size", "batch", "limit", "paste") if k in data})

    def module(self) -> SurfaceTraining:
        network = self.config.network
        net = Surface(self.config.data["size"], len(self.labels), network["frozen"], network["width"])
        attach(net)
        return SurfaceTraining(net, self.config.schedule["rates"])

    def finish(self, draft: Path) -> dict:
        """The threshold is chosen on fold 1, through int8: by a network that has not seen it where the config has epochs for a rehearsal,
        else by the final one, and then too boldly."""
        data = self.data(self.config.data["rehearse"])
        rows = data.rows(1)
        rehearsed = self.rehearsed() if self.config.schedule["rehearsal"] else Session(draft / "model.int8-u8s8.onnx")
        given = self.judge(rehearsed, data, rows)
        print("fold 1:", {k: v["value"] for k, v in self.measured(given, data.labels[rows], data.groups[rows]).items()})
        return {"thresholds": choose_thresholds(data.labels[rows] > 0, 1 - given[:, 0])}

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows(0)
        return self.measured(self.judge(session, data, rows), data.labels[rows], data.groups[rows])

    def measured(self, probabilities, labels, groups) -> dict:
        faulty, score, guess = labels > 0, 1 - probabilities[:, 0], probabilities.argmax(1)
        return {"auroc": interval(lambda r: auroc(faulty[r], score[r]), groups),
                "macro_f1": interval(lambda r: macro_f1(labels[r], guess[r], len(self.labels)), groups)}

    def evidence(self, session: Session) -> Evidence:
        data = self.data()
        rows = data.rows(0)
        given, labels = self.judge(session, data, rows), data.labels[rows]
        return Evidence(labels, given.argmax(1), given.max(1), [data.images[i][..., 0] for i in rows], 1 - given[:, 0], labels > 0)

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


def choose_thresholds(faulty: np.ndarray, score: np.ndarray) -> dict:
    """Where sensitivity and specificity together are best; below it a person looks, at 15 of 100 good parts and not more."""
    candidates = np.unique(score)
    gains = [(score[faulty] >= t).mean() + (score[~faulty] < t).mean() for t in candidates]
    limit = float(candidates[int(np.argmax(gains))])
    low = float(np.quantile(score[~faulty], max(0.0, (score[~faulty] < limit).mean() - 0.15)))
    return {"score": round(limit, 3), "review": [round(min(low, limit), 3), round(limit, 3)]}


RECIPE = SurfaceDefect
