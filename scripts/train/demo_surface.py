"""Trains models/demo-surface: the defects on the castings of the demo line, from scratch, on pictures that scripts/demo-set.ts draws.

The network looks at the picture as it is, 320x240, since a pore of five pixels would not survive being made smaller. What it finds
anywhere is what it says of the part: the heat map is the reason, not an ornament. It learns from cuttings around the places that
demo-places.ts names: told only which parts are bad, it had learned nothing in ten times the time.
"""

import csv
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from make_prepare import Prepare
from package import (Session, after, auroc, export, folder_of, interval, parse, quantization, quantize, variant, write_goldens, write_manifest)
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

NAME = "demo-surface"
LABELS = ["good", "scratch", "pore", "flash", "cold_shut"]
# mm from which on a defect counts; below it is a blemish. Nothing is drawn between the two.
LIMITS = {"scratch": 7, "pore": 1.6, "flash": 1, "cold_shut": 5}
WIDTH, HEIGHT = 320, 240
SIDE = 96  # of a cutting: what one place of the last layer sees, and a little more
SAMPLES = 100


def load(data: Path):
    """Pictures as the network gets them, labels, seeds, places. Of the plain good parts of a training seed one in three is enough."""
    prepare = Prepare("mono8", 1)
    rows = list(csv.DictReader((data / "images.csv").open()))
    held = split(sorted({int(row["seed"]) for row in rows}))
    places = defaultdict(list)
    for place in csv.DictReader((data / "places.csv").open()):
        places[place["seed"], place["part"]].append(place)
    images, labels, days, found = [], [], [], []
    for row in tqdm(rows, "reading castings"):
        here = [(kind_of(p), float(p["size"]), float(p["x"]), float(p["y"])) for p in places[row["seed"], row["part"]]]
        if not here and int(row["seed"]) not in held and int(row["part"]) % 3:
            continue
        images.append(prepare(cv2.imread(str(data / row["file"]), cv2.IMREAD_GRAYSCALE), HEIGHT, WIDTH)[0])
        labels.append(max([kind for kind, *_ in here], default=0))
        days.append(int(row["seed"]))
        found.append(here)
    return np.stack(images), np.array(labels), np.array(days), found, held


def kind_of(place: dict) -> int:
    return LABELS.index(place["kind"]) if float(place["size"]) >= LIMITS[place["kind"]] else 0


def split(seeds: list[int]) -> dict[int, str]:
    """The last quarter of the days is for the figures, a tenth before it for the threshold."""
    test, limit = max(1, len(seeds) // 4), max(1, len(seeds) // 10)
    return {seed: "test" for seed in seeds[-test:]} | {seed: "limit" for seed in seeds[-test - limit : -test]}


class Network(nn.Module):
    """A class for every 8x8 pixels; of each defect the part has what its worst place has."""

    def __init__(self):
        super().__init__()

        def conv(a, b, stride=1, kernel=3):
            return [nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU6()]

        # Few and dense: at this size every layer costs its own overhead, and int8 gains on whole convolutions, not on depthwise ones.
        self.net = nn.Sequential(*conv(1, 16, 4, 7), *conv(16, 32, 2), *conv(32, 32), *conv(32, 32), nn.Conv2d(32, len(LABELS) - 1, 1))
        self.good = nn.Parameter(torch.zeros(1))

    def logits(self, image):
        places = self.net((image.float().permute(0, 3, 1, 2) - 127.0) * (1 / 128))
        return torch.cat([self.good.expand(len(image), 1), places.amax((2, 3))], 1), places

    def forward(self, image):
        part, places = self.logits(image)
        # The same odds for one place alone: its largest value is the part's own 1 - p(good), or a little less.
        anywhere = torch.sigmoid(torch.logsumexp(places, 1) - self.good)
        return part.softmax(1), anywhere


def cuttings(rng, images, labels, found, batch: int):
    """SIDE x SIDE pixels of castings, half of them around a defect or blemish, and the class of each 8x8: -1 where it may be either."""
    marked = [i for i in range(len(images)) if found[i]]
    weights = 1 / np.sqrt(np.bincount(labels[marked]))[labels[marked]]
    views = np.empty((batch, SIDE, SIDE, 1), np.uint8)
    cells = np.zeros((batch, SIDE // 8, SIDE // 8), np.int64)
    centre = np.arange(SIDE // 8) * 8 + 3.5
    for n in range(batch):
        row = rng.choice(marked, p=weights / weights.sum()) if n % 3 else rng.integers(len(images))
        aim = found[row][rng.integers(len(found[row]))][2:] if n % 3 else (rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT))
        left, top = (int(np.clip(a - SIDE / 2 + rng.integers(-32, 33), 0, most - SIDE)) for a, most in zip(aim, (WIDTH, HEIGHT)))
        view = images[row][top : top + SIDE, left : left + SIDE].astype(np.float32)
        for kind, size, x, y in found[row]:
            far = np.hypot(*np.meshgrid(centre - (x - left), centre - (y - top)))
            # Its middle is certain, its ends depend on how it is turned; a flash is 40 pixels wide whatever its height.
            reach = 2 * (20 if LABELS[kind] == "flash" else size) / 2 + 12
            if kind:
                cells[n][(far < reach) & (cells[n] == 0)] = -1
                cells[n][far < 8] = kind
        view = view * rng.uniform(0.85, 1.15) + rng.uniform(-10, 10)
        views[n] = np.clip(view, 0, 255)
        for axis in (0, 1):
            if rng.random() < 0.5:
                views[n], cells[n] = np.flip(views[n], axis), np.flip(cells[n], axis)
    return torch.from_numpy(views), torch.from_numpy(cells)


def train(images, labels, found, steps: int, batch: int = 48) -> Network:
    net = Network()
    optimizer = torch.optim.AdamW(net.parameters(), 5e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps, pct_start=0.2)
    rng = np.random.default_rng(1)
    bar = tqdm(range(steps), f"training on {len(labels)} castings")
    for _ in bar:
        views, cells = cuttings(rng, images, labels, found, batch)
        part, places = net.logits(views)
        every = torch.cat([net.good.expand(batch, 1, *places.shape[2:]), places], 1)
        where = F.cross_entropy(every, cells, ignore_index=-1, reduction="none")
        # A defect is a handful of cells among thousands: both sides weigh the same.
        hit = cells > 0
        loss = where[hit].sum() / hit.sum().clamp(min=1) + where[~hit].sum() / (cells == 0).sum()
        loss = loss + F.cross_entropy(part, cells.amax((1, 2)).clamp(min=0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.3f}")
    return net.eval()


def choose_thresholds(faulty: np.ndarray, score: np.ndarray) -> dict:
    """The middle of the limits with which most parts are judged rightly; from half of it on a person looks."""
    candidates = np.linspace(0.2, 0.8, 121)
    right = np.array([((score >= limit) == faulty).mean() for limit in candidates])
    limit = float(candidates[right == right.max()].mean())
    return {"score": round(limit, 3), "review": [round(limit / 2, 3), round(limit, 3)]}


def figures(probabilities, labels, days, blemished, thresholds: dict) -> dict:
    low, threshold = thresholds["review"]
    faulty, score = labels > 0, 1 - probabilities[:, 0]
    right = (score >= threshold) == faulty
    return {
        "agreement": interval(lambda r: right[r].mean(), days),
        "in_review": interval(lambda r: ((score[r] >= low) & (score[r] < threshold)).mean(), days),
        "auroc": interval(lambda r: auroc(faulty[r], score[r]), days),
        "caught": interval(lambda r: right[r][faulty[r]].mean(), days),
        "false_alarms": interval(lambda r: 1 - right[r][~faulty[r]].mean(), days),
        "false_alarms_blemished": interval(lambda r: 1 - right[r][blemished[r]].mean(), days),
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


def main() -> None:
    arguments = parse(__doc__, "the folder that scripts/demo-set.ts and demo-places.ts wrote", steps={"type": int, "default": 1500, "help": "training steps"})
    started = time.time()
    folder = folder_of(NAME)
    images, labels, days, found, held = load(arguments.data)
    blemished = np.array([bool(here) for here in found]) & (labels == 0)
    part = np.array([held.get(day, "train") for day in days])
    training, limit, test = (np.flatnonzero(part == name) for name in ("train", "limit", "test"))
    net = train(images[training], labels[training], [found[i] for i in training], arguments.steps)

    sample = torch.zeros(1, HEIGHT, WIDTH, 1, dtype=torch.uint8)
    fp32 = export(net, (sample,), folder / "model.fp32.onnx", ["image"], ["probabilities", "heatmap"])
    chosen = np.random.default_rng(3).choice(training, SAMPLES, replace=False)
    # The last convolution gives the odds themselves, and these need more than 256 steps.
    last = [node.name for node in onnx.load(fp32).graph.node if node.op_type == "Conv"][-1]
    quantize(fp32, folder / "model.int8-u8s8.onnx", [{"image": images[i][None]} for i in chosen], nodes_to_exclude=after(onnx.load(fp32), last))

    def judge(session, rows, label):
        return np.concatenate([session(image=images[i][None])["probabilities"] for i in tqdm(rows, label)])

    int8 = Session(folder / "model.int8-u8s8.onnx")
    thresholds = choose_thresholds(labels[limit] > 0, 1 - judge(int8, limit, "choosing the threshold")[:, 0])
    how = quantization(f"{SAMPLES} castings of the training days", ["the last convolution and what follows"], "odds need more than 8 bits")
    variants = {}
    for name, quantized in {"fp32": None, "int8-u8s8": how}.items():
        session = Session(folder / f"model.{name}.onnx")
        measured = figures(judge(session, test, f"judging with {name}"), labels[test], days[test], blemished[test], thresholds)
        variants[name] = variant(folder, name, measured, quantized)
        spent = session.milliseconds([{"image": images[i][None]} for i in test[:100]])
        print(f"{name}: {spent:.2f} ms,", {k: v["value"] for k, v in measured.items()}, thresholds)

    write_goldens(folder, drawn(), list(variants))
    nothing = np.tile(np.eye(len(LABELS))[0], (len(test), 1))
    write_manifest(folder, {
        "name": NAME, "version": "0.1.0", "kind": "classify", "summary": "Finds surface defects on the demo line's castings.",
        "inputs": {"image": {"width": WIDTH, "height": HEIGHT, "channels": 1, "resize": "bilinear"}},
        "labels": LABELS, "good": "good", "thresholds": thresholds, "decode": {}, "golden": {"tolerance": 0.02},
        "variants": variants,
        "provenance": {
            "data": {"name": "renderings of scripts/demo-set.ts", "licence": "this project's own",
                     "split": f"{len(training)} castings; seeds {min(days[test])}-{max(days[test])} held out ({len(test)} castings), "
                              f"seeds {min(days[limit])}-{max(days[limit])} for the threshold"},
            "pretrained": None,
            "baseline": {"name": "always good", "figures": figures(nothing, labels[test], days[test], blemished[test], {"review": [0.5, 0.5]})},
            "script": f"scripts/train/{Path(__file__).name}",
            "cost": f"{(time.time() - started) / 60:.0f} minutes on one core",
            "notes": NOTES,
        },
    })


NOTES = """For the demo only: rendered castings in a fixture, one size, one view. Blemishes below the limit (pores to 0.9 mm,
scratches to 3.5 mm) are drawn on one good part in seven and must pass. Nothing is drawn between blemish and defect, so the figures
say nothing about such parts."""


if __name__ == "__main__":
    main()
