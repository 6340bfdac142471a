"""demo-process: was a casting of the demo line made while the press was out of bounds, and in which way?

A small attention encoder over the window of tags, on what scripts/demo-set.ts writes. A part is judged 0.6 s after it was cast: the
network has to look back to that moment, not at the latest values.
"""

from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from house.data.press import LABELS, Press
from house.fit import fit
from house.explain import explain_on_demand
from house.graph import export
from house.networks.attention import TagAttention, TagTraining
from house.quantize import between, quantize
from house.recipe import Recipe
from house.recipes.demo_surface import choose_thresholds, judged
from house.session import Session

WHY = ["contribution", "row_contribution"]


class DemoProcess(Recipe):
    def data(self) -> Press:
        return Press(self.place.data(self.config.data["folder"]), self.config.data["batch"], self.config.seed)

    def fitted(self) -> TagAttention:
        data, schedule = self.data(), self.config.schedule
        module = TagTraining(TagAttention(data.about["steps"], *data.usual(), len(LABELS)), schedule["rate"])
        return fit(module, data, self.place.work / "final", schedule["epochs"], self.config.seed).net

    def train(self) -> None:
        self.fitted()

    def export(self, file: Path) -> None:
        net = self.fitted()
        export(net, (torch.zeros(1, net.places.shape[0], len(net.usual)),), file, ["window"], ["probabilities", *WHY])

    def samples(self) -> list[dict]:
        data = self.data()
        training = data.rows("train")
        return [{"window": data.windows[i][None]} for i in np.random.default_rng(3).choice(training, min(200, len(training)), replace=False)]

    def quantize(self, source: Path, target: Path, variant: str) -> dict:
        return quantize(source, target, variant, self.samples(), operators=["MatMul", "Gemm"], exclude=between(source), **self.config.quantization)

    def complete(self, file: Path) -> None:
        # A part is judged by the window as it is; the others are for those who ask why.
        explain_on_demand(file, "probabilities", WHY, LABELS.index(self.config.manifest["good"]), "without")

    def finish(self, draft: Path) -> dict:
        data = self.data()
        limit, test = data.rows("limit"), data.rows("test")
        score = 1 - self.judge(Session(draft / "model.int8-u8s8.onnx"), data, limit)[:, 0]
        split = (f"{len(data.rows('train'))} windows; seeds {data.days[test].min()}-{data.days[test].max()} held out ({len(test)} windows), "
                 f"seeds {data.days[limit].min()}-{data.days[limit].max()} for the threshold")
        window = {"steps": data.about["steps"], "every": f"{data.about['every']}ms", "channels": data.about["channels"]}
        return {"inputs": {"window": window}, "thresholds": choose_thresholds(data.labels[limit] > 0, score),
                "provenance": {"data": {**self.config.manifest["provenance"]["data"], "split": split}}}

    def judge(self, session: Session, data: Press, rows) -> np.ndarray:
        return np.concatenate([session(window=data.windows[i][None])["probabilities"] for i in tqdm(rows, "judging")])

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows("test")
        limits = self.place.recall("quantized")["found"]["thresholds"]
        return judged(self.judge(session, data, rows), data.labels[rows], data.days[rows], limits)

    def baseline(self) -> dict:
        data = self.data()
        rows = data.rows("test")
        rule = judged(by_rule(data.windows[rows], data.about["every"]), data.labels[rows], data.days[rows], {"review": [0.5, 0.5]})
        return {"name": "no model: die_temp above 295 or pressure below 705 in the row of 0.6 s ago", "figures": rule}

    def goldens(self) -> list[tuple[str, dict]]:
        net = self.fitted()
        return drawn(net.places.shape[0], net.usual.numpy(), net.spread.numpy())


def by_rule(windows, every: int) -> np.ndarray:
    """What an engineer would write without a model: the bounds of the press, at the row of 0.6 s ago."""
    row = windows[:, windows.shape[1] - 1 - 600 // every]
    hot, weak = row[:, 0] > 295, row[:, 2] < 705
    return np.stack([~(hot | weak), hot, weak & ~hot], 1).astype(np.float32)


def drawn(steps: int, usual: np.ndarray, spread: np.ndarray) -> list[tuple[str, dict]]:
    """A calm press, one that grows hot, one that loses pressure, and one that grew hot just when the part was cast."""
    rng = np.random.default_rng(2)
    calm = usual + spread * 0.5 * rng.normal(0, 1, (steps, len(usual)))
    since = np.linspace(0, 1, steps)[:, None]
    past, just = since > 0.6, since > 0.74
    hot, weak, doubt = calm + past * [90, -6, 0, 0.1, 0, 0], calm + past * [0, 0, -150, -0.4, 1, 1], calm + just * [52, -3, 0, 0, 0, 0]
    cases = {"calm": calm, "hot": hot, "weak": weak, "doubt": doubt}
    return [(name, {"window": window[None].astype(np.float32)}) for name, window in cases.items()]


RECIPE = DemoProcess
