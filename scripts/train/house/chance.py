"""Models tried on a set so small that a good figure may be luck: what they say of the true labels and of shuffled ones, each time trained anew.

The agent judges it: `lineside models evaluate --predictions FILE --protocol NAME` holds the best of the models against the best of the same
models on shuffled labels. Deterministic by seed.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

Predict = Callable[[np.ndarray], np.ndarray]  # truths -> guesses, each made by a model that did not see its own group

SHUFFLES = 1000  # settled before anything is measured; the agent asks for as many


def write_predictions(file: Path, models: dict[str, Predict], samples: list[str], truths: np.ndarray, groups: np.ndarray, seed: int = 7) -> None:
    """sample, model, label, shuffle (0 is the true order), truth (as dealt). `groups`: samples that may only be exchanged together."""
    rng = np.random.default_rng(seed)
    known: dict[tuple[str, bytes], np.ndarray] = {}  # few groups can be dealt in few ways
    with file.open("w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["sample", "model", "label", "shuffle", "truth"])
        for shuffle in tqdm(range(SHUFFLES + 1), "shuffling"):
            dealt = shuffled(truths, groups, rng) if shuffle else truths
            for name, predict in models.items():
                key = (name, dealt.tobytes())
                if key not in known:
                    known[key] = predict(dealt)
                table.writerows(zip(samples, [name] * len(samples), known[key], [shuffle] * len(samples), dealt, strict=True))


def shuffled(truths: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where all samples of a group share one truth, truths change places between groups: samples of one group are no evidence of their own."""
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    if (truths == truths[first][place]).all():
        return rng.permutation(truths[first])[place]
    return rng.permutation(truths)


def leave_one_group_out(fit: Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]], samples: np.ndarray, groups: np.ndarray) -> Predict:
    """`fit(samples, truths)` gives a function from samples to guesses. Each group is guessed by a model of all the others."""

    def predict(truths: np.ndarray) -> np.ndarray:
        guesses = np.empty_like(truths)
        for group in np.unique(groups):
            mine = groups == group
            guesses[mine] = fit(samples[~mine], truths[~mine])(samples[mine])
        return guesses

    return predict
