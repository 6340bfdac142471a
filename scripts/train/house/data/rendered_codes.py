"""Strips with codes, drawn while training goes on: no strip is ever seen twice. And the strips of the test, from fonts never trained on."""

import cv2
import lightning as L
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from house.codes import fonts, grammar, render, strokes
from house.codes.matrices import CHARACTERS
from house.networks.reader import BLANK, SILENT, STEPS

SHARES = {"printed": 0.3, "laser": 0.3, "dot_matrix": 0.4}
ENGRAVED = {"printed": 0.12, "laser": 0.5}  # how much of it has strokes of one width
BARE = 0.12  # how often a one is a stroke and nothing else, as engravers write it


def drawn(rng: np.random.Generator) -> render.Strip:
    """One strip as the reader trains on."""
    style = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    worst = render.HARD if rng.random() < 0.4 else render.USUAL
    if style == "dot_matrix":
        matrices = fonts.trained_matrices()
        return render.strip(grammar.trained(rng), style, matrices[rng.integers(len(matrices))], rng, worst=worst)
    families = strokes.engraved_faces() if rng.random() < ENGRAVED[style] else fonts.trained_faces()
    family = families[rng.integers(len(families))]
    face, struck = family[rng.integers(len(family))], rng.random() < 0.3
    if rng.random() < BARE and face["I"].ink.shape[1] < fonts.CAP * 0.35:
        face = {**face, "1": face["I"]}
    without = ("" if struck or render.marked(face) else "O") + ("I" if render.alike(face["1"], face["I"]) else "")
    return render.strip(grammar.trained(rng, without), style, face, rng, mark_zero=float(struck), worst=worst)


class Endless(IterableDataset):
    """Batch after batch, no strip ever twice; batch n of a run is the same whenever it is drawn, so that a run can be taken up again."""

    def __init__(self, seed: int, batch: int, first: int, last: int):
        self.seed, self.batch, self.first, self.last = seed, batch, first, last

    def __iter__(self):
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        start, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in range(self.first + start, self.last, step):
            rng = np.random.default_rng([self.seed, number])
            strips = [drawn(rng) for _ in range(self.batch)]
            yield collate(strips)


def collate(strips: list[render.Strip]):
    images = torch.from_numpy(np.stack([s.image for s in strips])[..., None])
    codes = torch.tensor([CHARACTERS.index(c) + 1 for s in strips for c in s.code])
    return images, codes, torch.tensor([len(s.code) for s in strips]), torch.from_numpy(np.stack([columns(s) for s in strips]))


def columns(strip: render.Strip) -> np.ndarray:
    """The class of each column of the network's output: the character whose middle it holds, blank away from all, SILENT between."""
    classes = np.full(STEPS, BLANK)
    places = np.clip(strip.middles * STEPS / render.WIDTH, 0, STEPS - 1).astype(int)
    for aside in (-1, 1):
        classes[np.clip(places + aside, 0, STEPS - 1)] = SILENT
    classes[places] = [CHARACTERS.index(c) + 1 for c in strip.code]
    return classes if len(set(places)) == len(places) else np.full(STEPS, SILENT)


class Rendered(L.LightningDataModule):
    def __init__(self, seed: int, batch: int, steps: int, workers: int):
        super().__init__()
        self.seed, self.batch, self.steps, self.workers = seed, batch, steps, workers

    def train_dataloader(self):
        done = self.trainer.global_step
        return DataLoader(Endless(self.seed, self.batch, done, self.steps), batch_size=None, num_workers=self.workers, prefetch_factor=8 if self.workers else None)

    def val_dataloader(self):
        # Fonts that train, seeds that do not: it shows that the training works, never how good the reader is.
        return DataLoader(Endless(self.seed, 64, 1_000_000, 1_000_010), batch_size=None)


def tested(style: str, count: int, worst: render.Conditions = render.USUAL, seed: int = 2028) -> list[tuple[render.Strip, str, str]]:
    """Strips of the test with the font and the pattern each came from. Where a code mixes letters and digits freely the zero is marked."""
    rng = np.random.default_rng([seed, render.STYLES.index(style), int(worst == render.HARD)])
    designs = fonts.held_out_matrices() if style == "dot_matrix" else fonts.held_out_faces(style == "laser")
    names = list(designs)
    strips = []
    for number in range(count):
        name = names[number % len(names)]
        code, pattern = grammar.tested(rng)
        strips.append((render.strip(code, style, designs[name], rng, 1.0 if pattern == "free" else 0.0, worst), name, pattern))
    return strips
