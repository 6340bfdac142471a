"""How far a figure on a small set may be luck: shuffled truths, and groups drawn anew. For any set; deterministic by seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from house.figures import interval

Predict = Callable[[np.ndarray], np.ndarray]  # truths -> guesses, each made by a model that did not see its own group
Score = Callable[[np.ndarray, np.ndarray], float]  # truths, guesses -> figure, higher is better


@dataclass(frozen=True)
class Verdict:
    value: float
    low: float
    high: float
    p: float
    shuffles: int
    shuffled: tuple[float, float]  # median and 95th percentile of the figure with shuffled truths

    @property
    def distinguishable(self) -> bool:
        return self.p < 0.05

    def __str__(self) -> str:
        says = "distinguishable from chance" if self.distinguishable else "not distinguishable from chance"
        return (f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}], shuffled labels: median {self.shuffled[0]:.3f}, 95th percentile "
                f"{self.shuffled[1]:.3f}, p = {self.p:.3f} of {self.shuffles} shuffles: {says}")


def against_chance(predict: Predict, score: Score, truths: np.ndarray, groups: np.ndarray, shuffles: int = 200, seed: int = 7) -> Verdict:
    """
    Trains and judges anew for every shuffle: what a figure owes to the model's freedom shows in the shuffled ones too. Where all samples
    of a group share one truth, truths change places between groups, since samples of one group are no evidence of their own.
    """
    guesses = predict(truths)
    found = score(truths, guesses)
    spread = interval(lambda rows: score(truths[rows], guesses[rows]), groups)
    rng, lucky = np.random.default_rng(seed), []
    for _ in tqdm(range(shuffles), "shuffling"):
        dealt = shuffled(truths, groups, rng)
        lucky.append(score(dealt, predict(dealt)))
    # The true order counts among the shuffles: p is never 0.
    p = (1 + sum(one >= found for one in lucky)) / (shuffles + 1)
    return Verdict(float(found), spread["low"], spread["high"], float(p), shuffles, (float(np.median(lucky)), float(np.quantile(lucky, 0.95))))


def shuffled(truths: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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


def balanced_accuracy(truths: np.ndarray, guesses: np.ndarray) -> float:
    """A draw may hold one class only: then it is that one's accuracy."""
    return float(np.mean([(guesses[truths == one] == one).mean() for one in np.unique(truths)]))
