"""steel-defect: six kinds of defect on hot-rolled strip, as boxes, and the kind of the whole picture."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torchvision.ops import nms
from tqdm import tqdm

from house.data.neu_det import CLASSES, NeuDet
from house.figures import average_precision, interval, overlaps
from house.networks.detector import Detector, DetectorTraining
from house.networks.quantized import attach
from house.recipe import Evidence
from house.session import Session
from house.tuned import Tuned


class SteelDefect(Tuned):
    outputs = ["boxes", "scores", "probabilities"]

    def data(self, hold=(0,)) -> NeuDet:
        data = self.config.data
        return NeuDet(self.place.data(data["folder"]), self.place.cache, hold=hold, seed=self.config.seed,
                      **{k: data[k] for k in ("size", "batch", "limit") if k in data})

    def module(self) -> DetectorTraining:
        network = self.config.network
        net = Detector(self.config.data["size"], len(self.labels), network["frozen"], network["width"], network["trust"])
        attach(net)
        return DetectorTraining(net, self.config.schedule["rates"])

    def finish(self, draft: Path) -> dict:
        """The threshold is chosen on fold 1, through int8: where most boxes are right and found. By a network that has not seen it where the
        config has epochs for a rehearsal, else by the final one; with a frozen backbone the two differ little."""
        data = self.data(self.config.data["rehearse"])
        rows = data.rows(1)
        rehearsed = self.rehearsed() if self.config.schedule["rehearsal"] else Session(draft / "model.int8-u8s8.onnx")
        found, guesses = self.answers(rehearsed, data, rows)
        print("fold 1:", {k: v["value"] for k, v in self.measured(found, guesses, data, rows, 50).items()})
        limits = np.linspace(0.05, 0.8, 76)
        scores = [harmony(found, [data.boxes[i] for i in rows], limit) for limit in limits]
        return {"thresholds": {"score": round(float(limits[int(np.argmax(scores))]), 2)}}

    def answers(self, session: Session, data: NeuDet, rows):
        """Of each picture: boxes [n, 6] (class, corners, score) as the agent's decoding leaves them, best first; and the picture's class."""
        decode, found, guesses = self.config.manifest["decode"], [], []
        for i in tqdm(rows, "judging"):
            given = session(image=data.images[i][None])
            scores, labels = torch.from_numpy(given["scores"][0]).max(1)
            boxes = torch.from_numpy(given["boxes"][0])
            sure = scores >= min(decode["min_score"], 0.01)  # a measure over all thresholds sees what the agent would not report
            boxes, scores, labels = boxes[sure], scores[sure], labels[sure]
            kept = nms(boxes + 2.0 * labels[:, None], scores, decode["iou"])[: decode["max"]]  # apart, so that labels do not suppress each other
            found.append(torch.cat([labels[kept, None].float(), boxes[kept], scores[kept, None]], 1).numpy())
            guesses.append(int(given["probabilities"][0].argmax()))
        return found, np.array(guesses)

    def measured(self, found, guesses, data: NeuDet, rows, rounds: int = 300) -> dict:
        truth, labels = [data.boxes[i] for i in rows], data.labels[rows]
        pictures = np.arange(len(rows))
        per_class = {f"ap50_{name.replace('-', '_')}": round(precision(found, truth, c, pictures), 4) for c, name in enumerate(CLASSES)}
        print(per_class)
        return {"accuracy": interval(lambda r: (guesses[r] == labels[r]).mean(), pictures),
                "map50": interval(lambda r: np.nanmean([precision(found, truth, c, r) for c in range(len(CLASSES))]), pictures, rounds)}

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows(0)
        return self.measured(*self.answers(session, data, rows), data, rows)

    def evidence(self, session: Session) -> Evidence:
        data = self.data()
        rows = data.rows(0)
        given = self.judge(session, data, rows)
        return Evidence(data.labels[rows], given.argmax(1), given.max(1), [data.images[i][..., 0] for i in rows])

    def baseline(self) -> dict:
        """The most frequent class, and one box as large as the picture."""
        data = self.data()
        rows = data.rows(0)
        whole = [np.array([[0, 0, 0, 1, 1, 1]], np.float32)] * len(rows)
        return {"name": "always the most frequent class, one box around everything", "figures": self.measured(whole, np.zeros(len(rows)), data, rows)}

    def goldens(self) -> list[tuple[str, dict]]:
        """Strips that never existed: rolled texture, and on it scratches, dark patches, pits."""
        size, rng = self.config.data["size"], np.random.default_rng(3)

        def strip(level=120):
            grain = cv2.GaussianBlur(rng.normal(0, 1, (size, size)), (0, 0), 1.0)
            bands = cv2.GaussianBlur(rng.normal(0, 1, (1, size)), (0, 0), 6)
            return level + 9 * grain / grain.std() + 6 * bands / bands.std()

        scratches, patches, pits = strip(90), strip(150), strip()
        for x in (60, 150):
            cv2.line(scratches, (x, 20), (x + 6, size - 40), 170, 3)
        for centre, axes in (((80, 70), (34, 22)), ((170, 180), (26, 40))):
            cv2.ellipse(patches, centre, axes, 20, 0, 360, 80, -1)
        for x, y in rng.uniform(40, size - 40, (40, 2)).astype(int):
            cv2.circle(pits, (int(x), int(y)), int(rng.integers(1, 5)), 70, -1)
        pictures = {"plain": strip(), "scratches": scratches, "patches": patches, "pits": pits}
        softened = {name: cv2.GaussianBlur(p.astype(np.float32), (0, 0), 1.2) for name, p in pictures.items()}
        return [(name, {"image": np.clip(p, 0, 255).astype(np.uint8)[None, ..., None]}) for name, p in softened.items()]


def precision(found, truth, label: int, pictures) -> float:
    mine = [(f[f[:, 0] == label][:, 1:5], f[f[:, 0] == label][:, 5]) for f in (found[i] for i in pictures)]
    return average_precision(mine, [truth[i][truth[i][:, 0] == label][:, 1:] for i in pictures])


def harmony(found, truth, limit: float) -> float:
    """F1 of boxes at this threshold."""
    right = wanted = given = 0
    for f, t in zip(found, truth):
        f = f[f[:, 5] >= limit]
        wanted, given = wanted + len(t), given + len(f)
        free = np.ones(len(t), bool)
        for label, *box, _ in f:
            fits = free & (t[:, 0] == label) & (overlaps(np.array(box), t[:, 1:]) >= 0.5)
            if fits.any():
                free[fits.argmax()] = False
                right += 1
    return 2 * right / max(1, wanted + given)


RECIPE = SteelDefect
