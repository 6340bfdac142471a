"""python -m house.studies.cnc_mill --data FOLDER --out mill.csv
lineside models evaluate --predictions mill.csv --protocol cnc-mill

Is a worn milling tool to be told from 18 runs? Two models, run by run, left out one at a time, and again on a thousand shuffles of the labels.
No package comes of it.

Runs with one tool follow each other: 1 to 5 fresh, 6 to 10 worn, 11 and 12 fresh, 13 to 16 worn, 17 fresh, 18 worn. Whatever drifts from run
to run tells these blocks apart without any wear, and most slow runs (6 mm/s) fall into the fresh ones. So labels change places between whole
blocks: a permutation test may only exchange what would be exchangeable if the labels meant nothing, and runs within a block are not.
Six blocks can be labelled in twenty ways, so no model can be better than one in twenty: the set is too small to prove wear to anybody.

What came of it: 0.76 of balanced accuracy by trees, and as much on labels dealt at random to the blocks in 41 of 100 trials (0.86 in 5): what the
trees tell apart are blocks, whoever is called worn.

The way of shuffling was changed after figures had been seen. Labels that change places between all runs gave p 0.04 (671 shuffles), between
runs of one feed rate 0.007 for 0.76 of balanced accuracy by trees: evidence that blocks differ, taken for evidence of wear.
"""

import argparse
import csv
import os
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from house.chance import leave_one_group_out, write_predictions


def read(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """One sample a run, since the label is one a run: mean and spread of every signal while it cuts. Name, sample, worn or unworn."""
    files = sorted(folder.glob("experiment_*.csv"))
    runs = [list(csv.DictReader(file.open())) for file in files]
    conditions = [run[0]["tool_condition"] for run in runs]
    return [file.stem for file in files], np.stack([features(run) for run in runs]), np.array(conditions)


def blocks(conditions: np.ndarray) -> np.ndarray:
    """Number of the block of consecutive runs with one tool, for each run."""
    return np.concatenate([[0], np.cumsum(conditions[1:] != conditions[:-1])])


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
    names, samples, conditions = read(Path(arguments.data) / "cnc-mill")
    models = {name: leave_one_group_out(partial(fit, make), samples, np.arange(len(names))) for name, make in MODELS.items()}
    write_predictions(arguments.out, models, names, conditions, blocks(conditions))


if __name__ == "__main__":
    main()
