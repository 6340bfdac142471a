"""python -m house.studies.cnc_mill --data FOLDER --out mill.csv
lineside models evaluate --predictions mill.csv --protocol cnc-mill

Is a worn milling tool to be told from 18 runs? Two models, run by run, left out one at a time, and again on a thousand shuffles of the labels
(twenty minutes). No package comes of it.

Labels change places only between runs of one feed rate. Most runs at 6 mm/s were made with a fresh tool, both at 12 and 15 with a worn one, and
the axes' speeds and currents tell the feed rate: a model that reads the feed rate alone would look as if it saw wear.

What came of it: 0.76 of balanced accuracy by trees, p 0.007; with labels that change places between all runs, 0.04 (of 671
shuffles, then broken off). That is no proof of wear
either: runs 1 to 5 had a fresh tool, 6 to 10 a worn one, 13 to 16 again, so whatever drifts from run to run tells them apart as well, and 18
runs in five blocks cannot say which it was.
"""

import argparse
import csv
import os
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from house.chance import leave_one_group_out, write_predictions

RAPID = "50.0"  # what the feed rate's register holds between cuts


def read(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """One sample a run, since the label is one a run: mean and spread of every signal while it cuts. Name, sample, worn or unworn, feed rate."""
    files = sorted(folder.glob("experiment_*.csv"))
    runs = [list(csv.DictReader(file.open())) for file in files]
    conditions, feeds = [run[0]["tool_condition"] for run in runs], [feed(run) for run in runs]
    return [file.stem for file in files], np.stack([features(run) for run in runs]), np.array(conditions), np.array(feeds)


def feed(run: list[dict]) -> str:
    """mm/s: the most frequent one while it cuts."""
    rates = [row["M1_CURRENT_FEEDRATE"] for row in run if row["Machining_Process"].startswith("Layer")]
    return Counter(rate for rate in rates if rate != RAPID).most_common(1)[0][0]


def features(run: list[dict]) -> np.ndarray:
    # Which program, at which feed, to which position: settings of the run, not signs of wear.
    kept = [name for name in run[0] if name and not any(word in name for word in ("Command", "M1_", "Machining", "tool_", "Position"))]
    cutting = [row for row in run if row["Machining_Process"].startswith("Layer")]
    values = np.array([[float(row[name]) for name in kept] for row in cutting or run])
    return np.concatenate([values.mean(0), values.std(0)])


def fit(make, samples, truths):
    # A shuffle cannot empty a class, but leaving a run out can leave one.
    if len(np.unique(truths)) == 1:
        return lambda unknown: np.full(len(unknown), truths[0])
    return make().fit(samples, truths).predict


MODELS = {
    "trees": lambda: ExtraTreesClassifier(30, class_weight="balanced", random_state=7),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced")),
}


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("LINESIDE_DATA"), help="folder that holds cnc-mill/ (default: $LINESIDE_DATA)")
    parser.add_argument("--out", type=Path, required=True, help="the table of predictions")
    arguments = parser.parse_args(words)
    if arguments.data is None:
        parser.error("say where the data are: --data FOLDER or LINESIDE_DATA")
    names, samples, conditions, feeds = read(Path(arguments.data) / "cnc-mill")
    runs = np.arange(len(names))
    models = {name: leave_one_group_out(partial(fit, make), samples, runs) for name, make in MODELS.items()}
    write_predictions(arguments.out, models, names, conditions, runs, feeds)


if __name__ == "__main__":
    main()
