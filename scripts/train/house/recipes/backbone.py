"""backbone: EfficientNet-Lite0's features alone, for heads that are taught on them. Nothing is trained here; what counts is what int8 costs
a head that learns and judges on int8's own features."""

from pathlib import Path

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from house.data.pictures import prepared
from house.data.table import Table
from house.figures import auroc, interval
from house.graph import export
from house.networks.backbone import Backbone
from house.recipe import Recipe
from house.session import Session

LEVELS = ["s8", "s16", "s32"]


class Features(Recipe):
    def train(self) -> None:
        """The weights come as they are."""

    def export(self, file: Path) -> None:
        image = self.config.manifest["inputs"]["image"]
        net = Backbone(image["height"], image["width"], image["channels"])
        sample = torch.zeros(1, image["height"], image["width"], image["channels"], dtype=torch.uint8)
        export(net, (sample,), file, ["image"], LEVELS)

    def table(self, folder: str) -> tuple[Table, np.ndarray]:
        table = Table(self.place.data(folder), self.config.data.get("limit"))
        side = self.config.manifest["inputs"]["image"]["width"]
        return table, prepared(table.files, side, side, 3, self.place.cache)

    def samples(self) -> list[dict]:
        found = []
        for folder in self.config.data["folders"]:
            table, images = self.table(folder)
            rows = np.random.default_rng(4).permutation(np.flatnonzero(table.folds != 0))[:50]
            found += [{"image": images[i][None]} for i in rows]
        return found

    def figures(self, session: Session) -> dict:
        """A logistic regression on the mean and the largest value of each channel, trained on these very features, for each set. Each fold is
        judged by a head that learned on the others: the backbone itself has seen none of them, and one fold alone is too few pictures to tell
        a hundredth."""
        found = {}
        for folder in self.config.data["folders"]:
            table, images = self.table(folder)
            pooled = np.stack([pool(session(image=image[None])) for image in tqdm(images, folder)])
            given = np.zeros((len(table.labels), len(table.classes)))
            for fold in np.unique(table.folds):
                test = table.folds == fold
                head = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300, class_weight="balanced"))
                given[test] = head.fit(pooled[~test], table.labels[~test]).predict_proba(pooled[test])
            found |= self.measured(folder, table, given)
        return found

    def measured(self, folder: str, table: Table, given) -> dict:
        truth, groups = table.labels, table.groups
        found = {f"{folder}_accuracy": interval(lambda r: (given[r].argmax(1) == truth[r]).mean(), groups)}
        if "Free" in table.classes:
            good = table.classes.index("Free")
            found[f"{folder}_auroc"] = interval(lambda r: auroc(truth[r] != good, 1 - given[r, good]), groups)
        return found

    def baseline(self) -> dict:
        found = {}
        for folder in self.config.data["folders"]:
            table, _ = self.table(folder)
            most = np.bincount(table.labels).argmax()
            found |= self.measured(folder, table, np.tile(np.eye(len(table.classes))[most], (len(table.labels), 1)))
        return {"name": "the most frequent class", "figures": found}

    def goldens(self) -> list[tuple[str, dict]]:
        """One picture, since its features are 70 000 numbers: discs, lines and grain in colour."""
        side, rng = self.config.manifest["inputs"]["image"]["width"], np.random.default_rng(3)
        picture = np.full((side, side, 3), (110, 120, 130), np.float32) + rng.normal(0, 6, (side, side, 3))
        for x, y, radius in rng.integers(15, side - 15, (14, 3)):
            cv2.circle(picture, (int(x), int(y)), int(radius) // 6 + 2, tuple(map(int, rng.integers(30, 220, 3))), -1)
        for x, y, u, v in rng.integers(0, side, (8, 4)):
            cv2.line(picture, (int(x), int(y)), (int(u), int(v)), tuple(map(int, rng.integers(30, 220, 3))), 2)
        return [("shapes", {"image": np.clip(cv2.GaussianBlur(picture, (0, 0), 0.7), 0, 255).astype(np.uint8)[None]})]


def pool(levels: dict) -> np.ndarray:
    return np.concatenate([part for name in LEVELS for part in (levels[name][0].mean((1, 2)), levels[name][0].max((1, 2)))])


RECIPE = Features
