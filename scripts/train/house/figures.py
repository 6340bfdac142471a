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


def wilson(count: int, of: int) -> dict:
    """A share with its 95 % interval (Wilson 1927), which is one for few and for all of them too."""
    z, p = 1.959964, count / of
    middle, half = (p + z * z / (2 * of)) / (1 + z * z / of), z * np.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return {"value": round(float(p), 4), "low": round(float(max(0, middle - half)), 4), "high": round(float(min(1, middle + half)), 4)}


def hanley(good: np.ndarray, bad: np.ndarray) -> dict:
    """AUROC with its 95 % interval (Hanley and McNeil 1982); where all are told apart, the one below which so many would rarely be."""
    a = auroc(np.r_[np.zeros(len(good)), np.ones(len(bad))], np.r_[good, bad])
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    half = 1.959964 * np.sqrt(max(0, a * (1 - a) + (len(bad) - 1) * (q1 - a * a) + (len(good) - 1) * (q2 - a * a)) / (len(good) * len(bad)))
    # Without a single pair in the wrong order there is no spread: the rule of three on the smaller side instead.
    low = a - half if half > 0 else 1 - 3 / max(3, min(len(good), len(bad)))
    return {"value": round(a, 4), "low": round(float(max(0, low)), 4), "high": round(float(min(1, a + half)), 4)}


def average_precision(found: list[tuple[np.ndarray, np.ndarray]], wanted: list[np.ndarray], overlap: float = 0.5) -> float:
    """Area under precision over recall of one class. found: per picture boxes [n, 4] and scores, best first; wanted: per picture boxes."""
    scores, hits = [], []
    for (boxes, given), truth in zip(found, wanted):
        free = np.ones(len(truth), bool)
        for box, score in zip(boxes, given):
            shared = overlaps(box, truth) if len(truth) else np.zeros(0)
            best = int(shared.argmax()) if len(truth) else -1
            hit = best >= 0 and shared[best] >= overlap and free[best]
            if hit:
                free[best] = False
            scores.append(score)
            hits.append(hit)
    total = sum(map(len, wanted))
    if total == 0:
        return float("nan")
    order = np.argsort(scores)[::-1]
    right = np.cumsum(np.array(hits, float)[order])
    recall, precision = right / total, right / np.arange(1, len(right) + 1)
    # A higher recall is never worth less precision: the envelope, as the VOC challenge has it since 2010.
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * envelope).sum())


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return shared / ((box[2] - box[0]) * (box[3] - box[1]) + areas - shared)
