"""Pictures in a folder for each label: as `lineside export labels` writes them, or as anybody sorts them.

good/ holds good parts, bad/ bad ones, by kind in folders of their own where they are told apart; other folders beside good/ are kinds too.
pictures.csv, where there is one, says which part a picture shows and on which side of the split it is; else each picture is a part.
"""

import csv
import functools
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from house.data.pictures import Pictures, Views, prepared
from house.fit import loader

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
SIDES = ("train", "validation", "test")
# Of the parts of a label, in hundredths.
SHARES = {"test": 20, "validation": 15}
# Good parts and bad ones: fewer leave a side without any.
LEAST = 6


@dataclass(frozen=True)
class Shown:
    """A picture. `label` is 0 for good, else the number of its kind."""

    file: Path
    kind: str    # "" for good
    part: str
    side: str
    digest: str


class Folder:
    """Every picture with its label, part and side. Ends the program with a sentence where nothing can be learned from it."""

    def __init__(self, folder: Path, good: str = "good"):
        self.folder, self.repeated = folder, 0
        if not folder.is_dir():
            raise SystemExit(f"{folder} is no folder: name the one that holds {good}/ and bad/")
        found = [Shown(file, kind, str(file.relative_to(folder)), "", "") for kind, file in pictures_in(folder, good)]
        if not found:
            raise SystemExit(f"{folder} holds no pictures: put good parts into {good}/ and bad ones into bad/, or bad/<kind>/")
        found = self.once(readable(found))
        self.shown = self.divided(self.known(found))
        self.kinds = sorted({shown.kind for shown in self.shown if shown.kind})
        self.boxes = boxes_in(folder)
        self.check(good)

    def once(self, found: list[Shown]) -> list[Shown]:
        """A picture that shows what another one shows would be judged by what it was learned from."""
        firsts = {}
        for shown in found:
            shown = replace(shown, digest=hashlib.sha256(shown.file.read_bytes()).hexdigest())
            before = firsts.setdefault(shown.digest, shown)
            self.repeated += before is not shown
            if bool(before.kind) != bool(shown.kind):
                raise SystemExit(f"{before.file} and {shown.file} are the same picture, and one is good and the other bad: remove one of them")
        return list(firsts.values())

    def known(self, found: list[Shown]) -> list[Shown]:
        """With part and side, as pictures.csv has them."""
        table = self.folder / "pictures.csv"
        if not table.exists():
            return found
        rows = {row["file"]: row for row in csv.DictReader(table.open(encoding="utf-8-sig", newline=""))}
        at = lambda shown: rows.get(shown.file.relative_to(self.folder).as_posix(), {})
        return [replace(shown, part=at(shown).get("part") or shown.part, side=at(shown).get("split") or "") for shown in found]

    def divided(self, found: list[Shown]) -> list[Shown]:
        """Those without a side are given one, whole parts at a time, each label in its shares; by their names alone, so that it is the same
        again. A part whose pictures have one already stays there."""
        sides = {shown.part: shown.side for shown in found if shown.side}
        if unknown := set(sides.values()) - set(SIDES):
            raise SystemExit(f"{self.folder / 'pictures.csv'} has the split {unknown.pop()!r}: it is one of {', '.join(SIDES)}")
        labels = defaultdict(set)
        for shown in found:
            if shown.part not in sides:
                labels[shown.kind].add(shown.part)
        for parts in labels.values():
            order = sorted(parts - sides.keys(), key=lambda part: hashlib.sha256(part.encode()).digest())
            held = 0
            for side, share in SHARES.items():
                count = max(1 if len(order) >= 3 else 0, round(len(order) * share / 100))
                sides |= dict.fromkeys(order[held : held + count], side)
                held += count
            sides |= dict.fromkeys(order[held:], "train")
        return [replace(shown, side=sides[shown.part]) for shown in found]

    def check(self, good: str) -> None:
        parts = {name: {s.part for s in self.shown if bool(s.kind) == bad} for name, bad in (("good", False), ("bad", True))}
        if not parts["bad"]:
            raise SystemExit(f"{self.folder} holds good parts alone, and this learns from good and bad ones: add bad/, or learn from good ones "
                             f"with `lineside teach part --good {self.folder / good} --to NAME`")
        if not parts["good"]:
            raise SystemExit(f"{self.folder} holds no good parts: put them into {good}/, or say --good with the name of their folder")
        for name, those in parts.items():
            if len(those) < LEAST:
                raise SystemExit(f"{self.folder} holds {len(those)} different {name} parts, and {LEAST} are the least: show {LEAST - len(those)} more")
        sides = {side: Counter(bool(s.kind) for s in self.shown if s.side == side) for side in SIDES}
        for side, counts in sides.items():
            for bad, name in ((False, "good"), (True, "bad")):
                if not counts[bad]:
                    raise SystemExit(f"no {name} part of {self.folder} is on the side `{side}` of the split: label more, export with another "
                                     "--seed, or remove pictures.csv and the parts are divided anew")

    @functools.cached_property
    def digest(self) -> str:
        """Changes with every picture, label and side, and with nothing else."""
        lines = sorted(f"{s.digest} {s.kind} {s.part} {s.side}" for s in self.shown)
        return hashlib.sha256("\n".join([*lines, json.dumps(self.boxes, sort_keys=True)]).encode()).hexdigest()[:12]

    @property
    def channels(self) -> int:
        """1 where no picture has colours."""
        some = self.shown[:: max(1, len(self.shown) // 30)]
        pictures = [cv2.imread(str(shown.file), cv2.IMREAD_COLOR) for shown in some]
        return 1 if all((p[..., 0] == p[..., 1]).all() and (p[..., 1] == p[..., 2]).all() for p in pictures) else 3

    @property
    def words(self) -> str:
        count = lambda side, bad: len({s.part for s in self.shown if s.side == side and bool(s.kind) == bad})
        sides = [f"{side} {count(side, False)} good and {count(side, True)} bad parts" for side in SIDES]
        return "; ".join(sides) + "; all pictures of a part on one side"


@functools.cache
def folder_in(folder: Path, good: str) -> Folder:
    """Looked through once; every stage asks for it."""
    return Folder(folder, good)


def pictures_in(folder: Path, good: str) -> list[tuple[str, Path]]:
    """Kind and file, in the order of their names. What lies beside the labels' folders belongs to none."""
    found = []
    for file in sorted(folder.rglob("*")):
        label, *deeper = file.relative_to(folder).parts
        if file.suffix.lower() not in ENDINGS or not deeper or label == "boxes":
            continue
        found.append(("" if label == good else deeper[0] if label == "bad" and len(deeper) > 1 else label, file))
    return found


def readable(found: list[Shown]) -> list[Shown]:
    broken = [shown.file for shown in found if cv2.imread(str(shown.file), cv2.IMREAD_REDUCED_GRAYSCALE_8) is None]
    if broken:
        some = ", ".join(map(str, broken[:5])) + (f" and {len(broken) - 5} more" if len(broken) > 5 else "")
        raise SystemExit(f"{len(broken)} of {len(found)} pictures cannot be read: {some}. Open them with another program: save them anew as PNG or "
                         "JPEG, or remove them")
    return found


def boxes_in(folder: Path) -> dict[str, list]:
    """By file, where somebody drew some: x, y, width, height in pixels."""
    boxes = defaultdict(list)
    for file in sorted((folder / "boxes").glob("coco-*.json")):
        coco = json.loads(file.read_text(encoding="utf-8"))
        names = {image["id"]: image["file_name"] for image in coco["images"]}
        for one in coco["annotations"]:
            boxes[names[one["image_id"]]].append(one["bbox"])
    return dict(boxes)


class LabelledFolder(Pictures):
    """`masks`: where a picture may be bad: nowhere on a good one, in its boxes, or anywhere where nobody drew any."""

    def __init__(self, folder: Folder, cache: Path, size: int, batch: int, seed: int, channels: int, least_steps: int):
        super().__init__()
        self.batch, self.seed, self.least = batch, seed, least_steps
        shown = folder.shown
        self.labels = np.array([folder.kinds.index(s.kind) + 1 if s.kind else 0 for s in shown])
        self.sides = np.array([s.side for s in shown])
        self.parts = np.unique([s.part for s in shown], return_inverse=True)[1]
        kept = cache / folder.digest
        kept.mkdir(parents=True, exist_ok=True)
        self.images = prepared([s.file for s in shown], size, size, channels, kept)
        self.masks = np.stack([mask(s, folder, size) for s in shown])

    def rows(self, side: str) -> np.ndarray:
        return np.flatnonzero(self.sides == side)

    @property
    def training(self) -> np.ndarray:
        return self.rows("train")

    @property
    def steps(self) -> int:
        return max(self.least, len(self.training) // self.batch)

    def train_dataloader(self):
        rows = self.training
        weights = 1 / np.sqrt(np.bincount(self.labels[rows]).clip(1))[self.labels[rows]]
        return loader(Labelled(self, rows), self.batch, weights, self.steps * self.batch, self.seed, self.trainer.current_epoch)


def mask(shown: Shown, folder: Folder, size: int) -> np.ndarray:
    boxes = folder.boxes.get(shown.file.relative_to(folder.folder).as_posix())
    if not shown.kind or not boxes:
        return np.full((size, size), 255 if shown.kind else 0, np.uint8)
    height, width = cv2.imread(str(shown.file), cv2.IMREAD_GRAYSCALE).shape
    drawn = np.zeros((size, size), np.uint8)
    for x, y, w, h in boxes:
        left, top = int(x * size / width), int(y * size / height)
        drawn[top : int(np.ceil((y + h) * size / height)) + 1, left : int(np.ceil((x + w) * size / width)) + 1] = 255
    return drawn


class Labelled(Views):
    """Augmented pictures: image, mask, label."""

    def view(self, rng, data: LabelledFolder, i: int):
        image, where = turned(rng, data.images[i], data.masks[i])
        return torch.from_numpy(lit(rng, image)), torch.from_numpy(where), int(data.labels[i])


def turned(rng, image: np.ndarray, where: np.ndarray):
    """Parts lie a little otherwise each time, cameras tilt."""
    size = len(image)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(-8, 8), rng.uniform(0.92, 1.1))
    turn[:, 2] += rng.uniform(-0.04, 0.04, 2) * size
    flips = [axis for axis in (0, 1) if rng.random() < 0.5]
    moved = [cv2.warpAffine(np.ascontiguousarray(np.flip(part, flips)), turn, (size, size), flags=how, borderMode=cv2.BORDER_REFLECT_101)
             for part, how in ((image, cv2.INTER_LINEAR), (where, cv2.INTER_NEAREST))]
    return moved[0].reshape(image.shape), moved[1]


def lit(rng, image: np.ndarray) -> np.ndarray:
    """Lamps age and differ in colour, sensors hiss."""
    light = 255 * (image / 255.0) ** np.exp(rng.uniform(-0.3, 0.3)) * rng.uniform(0.85, 1.15) * rng.uniform(0.94, 1.06, image.shape[2])
    return np.clip(light + rng.normal(0, rng.uniform(0, 5), image.shape) + 0.5, 0, 255).astype(np.uint8)
