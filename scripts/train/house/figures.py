"""Figures for recipes that need one while training, each with its 95 % interval over whole groups."""

import numpy as np

SEED = 7


def auroc(faulty: np.ndarray, score: np.ndarray) -> float:
    """The chance that a faulty part scores above a good one; ties count half."""
    _, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    bad = int(faulty.sum())
    if bad in (0, len(faulty)):
        return float("nan")
    return float((ranks[faulty.astype(bool)].sum() - bad * (bad + 1) / 2) / (bad * (len(faulty) - bad)))


def macro_f1(truth: np.ndarray, guess: np.ndarray, classes: int) -> float:
    """Averaged over the classes that occur in the truth: a resample may miss a rare one."""
    scores = []
    for c in range(classes):
        if (truth == c).any():
            hit = ((truth == c) & (guess == c)).sum()
            scores.append(2 * hit / ((truth == c).sum() + (guess == c).sum()))
    return float(np.mean(scores))


def interval(metric, groups: np.ndarray, rounds: int = 2000) -> dict:
    """`metric(rows)` on all rows, and its 95 % interval when whole groups (a tile, a recording) are drawn anew."""
    rng = np.random.default_rng(SEED)
    names, places = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(places == i) for i in range(len(names))]
    values = [metric(np.concatenate([members[i] for i in rng.integers(0, len(names), len(names))])) for _ in range(rounds)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return {"value": round(float(metric(np.arange(len(groups)))), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
