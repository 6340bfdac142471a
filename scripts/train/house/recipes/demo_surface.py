"""demo-surface: the defects on the castings of the demo line, from scratch, on pictures that scripts/demo-set.ts draws.

The network looks at the picture as it is, 320x240, since a pore of five pixels would not survive being made smaller. What it finds
anywhere is what it says of the part: the heat map is the reason, not an ornament. It learns from cuttings around the places that
demo-places.ts names: told only which parts are bad, it had learned nothing in ten times the time.
"""

from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from tqdm import tqdm

from house.data.castings import HEIGHT, LABELS, WIDTH, Castings
from house.figures import auroc, interval
from house.fit import fit
from house.graph import export
from house.networks.cells import Cells, CellsTraining
from house.quantize import quantize
from house.recipe import Recipe
from house.session import Session


class DemoSurface(Recipe):
    def data(self) -> Castings:
        data = self.config.data
        return Castings(self.place.data(data["folder"]), self.place.cache, data["batch"], data["steps"], self.config.seed)

    def fitted(self) -> Cells:
        schedule = self.config.schedule
        module = CellsTraining(Cells(len(LABELS)), schedule["rate"])
        return fit(module, self.data(), self.place.work / "final", schedule["epochs"], self.config.seed).net

    def train(self) -> None:
        self.fitted()

    def export(self, file: Path) -> None:
        export(self.fitted(), (torch.zeros(1, HEIGHT, WIDTH, 1, dtype=torch.uint8),), file, ["image"], ["probabilities", "heatmap"])

    def samples(self) -> list[dict]:
        data = self.data()
        training = data.rows("train")
        return [{"image": data.images[i][None]} for i in np.random.default_rng(3).choice(training, min(100, len(training)), replace=False)]

    def quantize(self, source: Path, target: Path, variant: str) -> dict:
        # The last convolution gives the odds themselves, and these need more than 256 steps.
        last = [node.name for node in onnx.load(source).graph.node if node.op_type == "Conv"][-1]
        return quantize(source, target, variant, self.samples(), float_after=[last], **self.config.quantization)

    def finish(self, draft: Path) -> dict:
        data = self.data()
        limit, test = data.rows("limit"), data.rows("test")
        score = 1 - self.judge(Session(draft / "model.int8-u8s8.onnx"), data, limit)[:, 0]
        split = (f"{len(data.rows('train'))} castings; seeds {data.days[test].min()}-{data.days[test].max()} held out ({len(test)} castings), "
                 f"seeds {data.days[limit].min()}-{data.days[limit].max()} for the threshold")
        made = self.config.manifest["provenance"]["data"]
        return {"thresholds": choose_thresholds(data.labels[limit] > 0, score), "provenance": {"data": {**made, "split": split}}}

    def judge(self, session: Session, data: Castings, rows) -> np.ndarray:
        return np.concatenate([session(image=data.images[i][None])["probabilities"] for i in tqdm(rows, "judging")])

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows("test")
        return self.measured(data, rows, self.judge(session, data, rows), self.place.recall("quantized")["found"]["thresholds"])

    def baseline(self) -> dict:
        data = self.data()
        rows = data.rows("test")
        nothing = np.tile(np.eye(len(LABELS))[0], (len(rows), 1))
        return {"name": "always good", "figures": self.measured(data, rows, nothing, {"review": [0.5, 0.5]})}

    def measured(self, data: Castings, rows, probabilities, thresholds: dict) -> dict:
        blemished = np.array([bool(data.found[i]) for i in rows]) & (data.labels[rows] == 0)
        figures = judged(probabilities, data.labels[rows], data.days[rows], thresholds)
        wrong = (1 - probabilities[:, 0] >= thresholds["review"][1])
        return figures | {"false_alarms_blemished": interval(lambda r: wrong[r][blemished[r]].mean(), data.days[rows])}

    def goldens(self) -> list[tuple[str, dict]]:
        return drawn()


def choose_thresholds(faulty: np.ndarray, score: np.ndarray) -> dict:
    """The middle of the limits with which most parts are judged rightly; from half of it on a person looks."""
    candidates = np.linspace(0.2, 0.8, 121)
    right = np.array([((score >= limit) == faulty).mean() for limit in candidates])
    limit = float(candidates[right == right.max()].mean())
    return {"score": round(limit, 3), "review": [round(limit / 2, 3), round(limit, 3)]}


def judged(probabilities, labels, days, thresholds: dict) -> dict:
    low, threshold = thresholds["review"]
    faulty, score = labels > 0, 1 - probabilities[:, 0]
    right = (score >= threshold) == faulty
    return {
        "agreement": interval(lambda r: right[r].mean(), days),
        "in_review": interval(lambda r: ((score[r] >= low) & (score[r] < threshold)).mean(), days),
        "auroc": interval(lambda r: auroc(faulty[r], score[r]), days),
        "caught": interval(lambda r: right[r][faulty[r]].mean(), days),
        "false_alarms": interval(lambda r: 1 - right[r][~faulty[r]].mean(), days),
        "kind_right": interval(lambda r: (probabilities[r][faulty[r]].argmax(1) == labels[r][faulty[r]]).mean(), days),
    }


def drawn() -> list[tuple[str, dict]]:
    """A plate as simple as can be, softly drawn: with nothing, a hole, a groove, a hole too small to count."""
    rng = np.random.default_rng(2)

    def plate():
        picture = rng.normal(42, 4, (HEIGHT, WIDTH)).astype(np.float32)
        cv2.rectangle(picture, (40, 36), (280, 204), 170, -1)
        for x in (48, 224):
            cv2.rectangle(picture, (x, 70), (x + 48, 170), 190, -1)
        cv2.circle(picture, (160, 120), 31, 40, -1)
        return cv2.GaussianBlur(picture, (0, 0), 1.5) + rng.normal(0, 2, picture.shape)

    pictures = {name: plate() for name in ("plain", "hole", "groove", "speck")}
    cv2.circle(pictures["hole"], (70, 110), 3, 40, -1)
    cv2.line(pictures["groove"], (232, 100), (260, 140), 60, 1)
    cv2.circle(pictures["speck"], (250, 90), 1, 110, -1)
    return [(name, {"image": np.clip(p, 0, 255).astype(np.uint8)[None, ..., None]}) for name, p in pictures.items()]


RECIPE = DemoSurface
