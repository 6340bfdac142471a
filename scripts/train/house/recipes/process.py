"""process-attention, process-gru: what a pump's tags should do next, so that the agent can say when they do not."""

from pathlib import Path

import numpy as np
import onnx
import torch
from tqdm import tqdm

from house.alarm import alarms, figures, mean, whitening
from house.data.skab import CHANNELS, QUIET, SCORED, NormalWindows, Recording, drawn, read, usual
from house.fit import fit
from house.graph import export
from house.networks.forecast import FORECASTERS, PATCH, Forecast, ForecastTraining
from house.quantize import between, quantize
from house.recipe import Recipe
from house.session import Session


class Process(Recipe):
    @property
    def rule(self) -> dict:
        return self.config.manifest["calibration"]

    @property
    def past(self) -> int:
        return self.config.network["patches"] * PATCH

    @property
    def rows(self) -> int:
        return self.config.manifest["inputs"]["window"]["steps"]

    def recordings(self) -> list[Recording]:
        """A subset runs without the set, on drawn rows, so that the way can be proven anywhere."""
        if self.config.subset and self.place.root is None:
            return drawn()
        recordings = read(self.place.data(self.config.data["folder"]))
        return recordings[: self.config.data.get("limit")]

    def judged(self) -> list[Recording]:
        return [one for one in self.recordings() if not one.name.startswith(QUIET)]

    # ------------------------------------------------------------ stages

    def train(self) -> None:
        for seed in self.config.schedule["seeds"]:
            self.fitted(seed)
            if not self.config.subset:
                self.fitted(seed, development=True)

    def fitted(self, seed: int, development: bool = False):
        """With `development`, never saw a row of the recordings that confirm."""
        recordings, schedule = self.recordings(), self.config.schedule
        if development:
            confirming = {one.name for one in self.judged()[1::2]}
            recordings = [one for one in recordings if one.name not in confirming]
        data = NormalWindows(recordings, self.past + PATCH, self.rule["rows"], schedule["batch"], schedule["steps"], seed)
        torch.manual_seed(seed)
        network = {k: v for k, v in self.config.network.items() if k != "kind"}
        net = FORECASTERS[self.config.network["kind"]](CHANNELS, **network)
        module = ForecastTraining(net, SCORED, schedule["rate"], schedule["faults"])
        return fit(module, data, self.place.work / f"seed{seed}{'-development' if development else ''}", schedule["epochs"], seed).net

    def export(self, file: Path) -> None:
        self.written(self.fitted(self.config.schedule["seeds"][0]), file)

    def written(self, net, file: Path) -> Path:
        forecast = Forecast(net, SCORED, self.config.manifest["decode"]["smooth"])
        inputs = (torch.zeros(1, forecast.rows, CHANNELS), torch.zeros(CHANNELS), torch.ones(CHANNELS), torch.ones(CHANNELS))
        return export(forecast, inputs, file, ["window", "mean", "spread", "scored"], ["residual", "steps"])

    def quantize(self, source: Path, target: Path, variant: str) -> dict:
        """The sums over moments are arithmetic, not network: rounded, they would no longer add up to the residual. Attention's products
        of two activations are so small here that rounding both costs more time than it saves."""
        graph = onnx.load(source).graph
        sums = {c.name for c in graph.initializer if tuple(c.dims) == (self.rows - self.past, self.config.manifest["decode"]["smooth"])}
        exclude = [node.name for node in graph.node if node.op_type == "MatMul" and sums & set(node.input)]
        exclude += between(source) if self.config.network["kind"] == "attention" else []
        return quantize(source, target, variant, self.samples(), exclude=exclude, **self.config.quantization)

    def samples(self) -> list[dict]:
        recordings, rng, last = self.recordings(), np.random.default_rng(8), self.rule["rows"]
        chosen = [recordings[i] for i in rng.integers(len(recordings), size=self.config.data["samples"])]
        return [self.asked(one.rows, int(rng.integers(last - self.rows + 1))) for one in chosen]

    def asked(self, rows: np.ndarray, start: int) -> dict:
        return {"window": rows[None, start : start + self.rows], **self.settled(rows)}

    def settled(self, rows: np.ndarray) -> dict:
        centre, spread = usual(rows[: self.rule["rows"]], self.rule["floor"])
        return {"mean": centre, "spread": spread, "scored": np.ones(CHANNELS, np.float32)}

    def finish(self, draft: Path) -> dict:
        """How much of a figure is the seed, and what recordings say that no choice and no training has seen."""
        if self.config.subset:
            return {}
        first, *others = self.config.schedule["seeds"]
        several = {variant: [self.figures(Session(draft / f"model.{variant}.onnx"))] for variant in self.config.variants}
        for seed in others:
            for variant, found in several.items():
                found.append(self.figures(Session(self.trial(self.fitted(seed), seed, variant))))
        confirming = [figures(self.answers(Session(self.trial(self.fitted(seed, True), seed, "int8-u8s8")), self.judged()[1::2]))
                      for seed in self.config.schedule["seeds"]]
        developed = [figures(self.answers(Session(self.trial(self.fitted(seed, True), seed, "int8-u8s8")), self.judged()[::2]))
                     for seed in self.config.schedule["seeds"]]
        for name, found in several.items():
            print(f"{name}: mean of seeds {[first, *others]}: {mean(found)}")
        print(f"confirming half, trained on the other: {mean(confirming)}; development half: {mean(developed)}")
        return {"provenance": {"seeds": {name: {"seeds": [first, *others], "mean": mean(found)} for name, found in several.items()},
                               "halves": {"trained on": "the development half's first rows and the recording without faults",
                                          "development": mean(developed), "confirming": mean(confirming)}}}

    def trial(self, net, seed: int, variant: str) -> Path:
        folder = self.place.work / f"trial-{seed}"
        folder.mkdir(exist_ok=True)
        fp32, file = self.written(net, folder / "model.fp32.onnx"), folder / f"model.{variant}.onnx"
        if variant != "fp32":
            self.quantize(fp32, file, variant)
        return file

    # ------------------------------------------------------------ figures

    def figures(self, session: Session) -> dict:
        return figures(self.answers(session, self.judged()))

    def answers(self, session: Session, recordings: list[Recording]) -> list[tuple[np.ndarray, np.ndarray]]:
        def residual(one: Recording):
            known, starts = self.settled(one.rows), range(len(one.rows) - self.rows + 1)
            return np.concatenate([session(window=one.rows[None, at : at + self.rows], **known)["residual"] for at in starts])

        return [self.verdicts(one, residual(one)) for one in tqdm(recordings, "judging")]

    def verdicts(self, one: Recording, residuals: np.ndarray):
        known = self.rule["rows"] - self.rows + 1
        return alarms(residuals, SCORED, known, self.rule)[known:], one.truth[self.rule["rows"] :]

    def baseline(self) -> dict:
        def residual(one: Recording):
            centre, spread = usual(one.rows[: self.rule["rows"]], self.rule["floor"])
            return whitening((one.rows - centre) / spread, self.past, PATCH, self.config.manifest["decode"]["smooth"])

        return {"name": "zero predictor: whitening without a network, same rule",
                "figures": figures([self.verdicts(one, residual(one)) for one in self.judged()])}

    def goldens(self) -> list[tuple[str, dict]]:
        """A pump that never ran: noise around made-up levels; then a step, a drift, and a machine with other units."""
        rng = np.random.default_rng(6)
        level = np.array([0.1, 0.2, 1.5, 0.3, 80, 25, 230, 60], np.float32)
        spread = np.array([0.01, 0.02, 0.3, 0.2, 0.5, 0.1, 8, 2], np.float32)
        steady = level + spread * rng.normal(0, 1, (self.rows, CHANNELS))
        step, drift, kilo = steady.copy(), steady.copy(), np.float32(1000)
        step[60:, 3] += 6 * spread[3]
        drift[:, 4] += np.linspace(0, 8, self.rows) * spread[4]
        drift[:, 7] -= np.linspace(0, 4, self.rows) * spread[7]
        cases = {"steady": (steady, level, spread), "step": (step, level, spread), "drift": (drift, level, spread),
                 "other-units": (step * kilo, level * kilo, spread * kilo)}
        return [(name, {"window": w[None].astype(np.float32), "mean": m, "spread": s, "scored": np.ones(CHANNELS, np.float32)})
                for name, (w, m, s) in cases.items()]


RECIPE = Process
