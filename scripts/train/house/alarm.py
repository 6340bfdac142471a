"""The rule that turns residuals into alarms, as the agent does it (models/README.md has it in words), and its figures."""

import numpy as np

from house.figures import interval


def alarms(residuals: np.ndarray, scored: np.ndarray, known: int, rule: dict) -> np.ndarray:
    """Residuals of every full window of a recording, in order, of which the first `known` are normal -> which of them are alarms."""
    r = residuals[:, scored > 0].astype(np.float64)
    centre = r[:known].mean(0)
    inverse = np.linalg.inv(np.cov(r[:known], rowvar=False, bias=True) + rule["ridge"] * np.eye(r.shape[1]))
    distance = np.sqrt(np.einsum("ni,ij,nj->n", r - centre, inverse, r - centre))
    return distance > rule["factor"] * np.quantile(distance[:known], rule["quantile"])


def whitening(z: np.ndarray, past: int, tail: int, smooth: int) -> np.ndarray:
    """Residuals of who expects that nothing changes: the zero predictor."""
    sums = np.cumsum(np.vstack([np.zeros(z.shape[1]), z]), 0)
    lasting = (sums[tail:] - sums[:-tail]) / tail
    smoothed = np.apply_along_axis(lambda column: np.convolve(column, np.ones(smooth) / smooth, "valid"), 0, lasting)
    return smoothed[past:]


def figures(judged: list[tuple[np.ndarray, np.ndarray]]) -> dict:
    """F1 with false-alarm and missed-alarm rate over all rows of (alarm, truth); the interval draws whole recordings anew."""
    counts = np.array([[(a & t).sum(), (a & ~t).sum(), (~a & t).sum(), (~a & ~t).sum()] for a, t in judged])

    def rate(above, below):
        return lambda rows: (counts[rows].sum(0) @ above) / (counts[rows].sum(0) @ below)

    groups = np.arange(len(judged))
    return {"f1": interval(rate([2, 0, 0, 0], [2, 1, 1, 0]), groups),
            "far": interval(rate([0, 1, 0, 0], [0, 1, 0, 1]), groups),
            "mar": interval(rate([0, 0, 1, 0], [1, 0, 1, 0]), groups)}


def mean(several: list[dict]) -> dict:
    """Plain values, averaged over seeds."""
    return {name: round(float(np.mean([one[name]["value"] for one in several])), 4) for name in several[0]}
