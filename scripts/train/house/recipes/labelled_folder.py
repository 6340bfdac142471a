"""Any pictures, sorted by label: which label a part has, and where. `house run --folder` makes its config."""

from pathlib import Path

import cv2
import numpy as np
import torch

from house.data.labelled_folder import LabelledFolder, folder_in
from house.figures import hanley, macro_f1, wilson
from house.networks.folder import FolderTraining
from house.networks.quantized import attach
from house.networks.surface import Surface
from house.recipe import Evidence
from house.recipes.surface_defect import choose_thresholds
from house.session import Session
from house.tuned import Tuned


class Labelled(Tuned):
    outputs = ["probabilities", "heatmap"]
    # Nothing is shipped of it: what a GPU computes otherwise in the last digits is no matter.
    accelerator = "auto"

    def data(self, hold=()) -> LabelledFolder:
        data = self.config.data
        folder = folder_in(Path(data["folder"]), data["good"])
        if folder.digest != data["pictures"]:
            raise SystemExit(f"{folder.folder} has changed since the run began: begin it anew")
        return LabelledFolder(folder, self.place.cache, seed=self.config.seed,
                              **{k: data[k] for k in ("size", "batch", "channels", "least_steps")})

    def module(self) -> FolderTraining:
        data, network = self.config.data, self.config.network
        net = Surface(data["size"], len(self.labels), network["frozen"], network["width"], data["channels"])
        attach(net)
        return FolderTraining(net, self.config.schedule["rates"])

    def finish(self, draft: Path) -> dict:
        """The threshold is chosen on the validation side, through int8, which has learned nothing from it."""
        data = self.data()
        rows = data.rows("validation")
        given = self.judge(Session(draft / "model.int8-u8s8.onnx"), data, rows)
        chosen = choose_thresholds(data.labels[rows] > 0, 1 - given[:, 0])
        self.place.remember("threshold", chosen)
        return {"thresholds": chosen}

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows("test")
        return self.measured(self.judge(session, data, rows), data.labels[rows], data.parts[rows])

    def measured(self, probabilities, labels, parts) -> dict:
        """Of parts: one is as bad as the worst of its pictures. Of kinds, where there are several, by picture."""
        names, places = np.unique(parts, return_inverse=True)
        score, faulty = np.zeros(len(names)), np.zeros(len(names), bool)
        np.maximum.at(score, places, 1 - probabilities[:, 0])
        np.logical_or.at(faulty, places, labels > 0)
        called = score >= self.place.recall("threshold")["score"]
        found = {"auroc": hanley(score[~faulty], score[faulty]), "found": wilson(called[faulty].sum(), faulty.sum()),
                 "false_rejects": wilson(called[~faulty].sum(), (~faulty).sum())}
        if len(self.labels) > 2:
            found["macro_f1"] = {"value": round(macro_f1(labels, probabilities.argmax(1), len(self.labels)), 4)}
        return found

    def evidence(self, session: Session) -> Evidence:
        data = self.data()
        rows = data.rows("test")
        given, labels = self.judge(session, data, rows), data.labels[rows]
        images = [data.images[i] if data.images.shape[-1] == 3 else data.images[i][..., 0] for i in rows]
        return Evidence(labels, given.argmax(1), given.max(1), images, 1 - given[:, 0], labels > 0)

    def baseline(self) -> dict:
        data = self.data()
        rows = data.rows("test")
        nothing = np.tile(np.eye(len(self.labels))[0], (len(rows), 1))
        return {"name": "always good", "figures": self.measured(nothing, data.labels[rows], data.parts[rows])}

    def goldens(self) -> list[tuple[str, dict]]:
        """Drawn, no brighter and no rougher than the pictures are on average: plain, and with a spot, a line, a shadow on it."""
        data, size = self.data(), self.config.data["size"]
        some = data.images[data.training[:50]].astype(float)
        level, spread = some.mean((0, 1, 2)), some.std((1, 2)).mean(0).clip(4, 40)
        rng, unit = np.random.default_rng(3), size / 224

        def plain():
            grain = cv2.GaussianBlur(rng.normal(0, 1, (size, size)), (0, 0), 2 * unit)
            return level + spread * (grain / grain.std())[..., None]

        spot, line, shadow = plain(), plain(), plain()
        darker = [float(v) for v in level - 2 * spread]
        cv2.circle(spot, (int(130 * unit), int(90 * unit)), max(2, int(8 * unit)), darker, -1)
        cv2.line(line, (int(60 * unit), int(70 * unit)), (int(150 * unit), int(140 * unit)), darker, max(1, int(3 * unit)))
        away = (np.mgrid[:size, :size] - (np.array([150, 70]) * unit)[:, None, None]) ** 2
        shadow -= (2 * spread) * np.exp(-away.sum(0) / 2 / (40 * unit) ** 2)[..., None]
        pictures = {"plain": plain(), "spot": spot, "line": line, "shadow": shadow}
        return [(name, {"image": np.clip(p, 0, 255).astype(np.uint8)[None]}) for name, p in pictures.items()]


RECIPE = Labelled
