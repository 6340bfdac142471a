"""Trains the ranking: softmax over the candidates of each token, what the tables know of the token itself left out."""

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from tqdm import tqdm

from house.normaliser.ranking import Features, best, described, spots
from house.normaliser.tables import Tables, Text


def fit(tables: Tables, texts: list[Text], penalty: float = 1e-5, steps: int = 300) -> dict[str, float]:
    choices = [choice for text in tqdm(texts, "looking at texts") for choice in choices_of(tables, text)]
    names = {name: i for i, name in enumerate(sorted({name for found, _ in choices for features in found.values() for name in features}))}
    columns, values, ends, right, starts, row = [], [], [0], [], [], 0
    for found, plain in choices:
        starts.append(row)
        for candidate, features in found.items():
            columns += [names[name] for name in features]
            values += features.values()
            ends.append(len(columns))
            if candidate == plain:
                right.append(row)
            row += 1
    matrix, starts, right = csr_matrix((values, columns, ends), (row, len(names))), np.array(starts), np.array(right)
    group = np.repeat(np.arange(len(starts)), np.diff([*starts, row]))
    wanted = np.asarray(matrix[right].sum(0)).ravel()

    def loss(weights):
        scores = matrix @ weights
        top = np.maximum.reduceat(scores, starts)
        grown = np.exp(scores - top[group])
        sums = np.add.reduceat(grown, starts)
        value = (top + np.log(sums)).sum() - scores[right].sum()
        slope = matrix.T @ (grown / sums[group]) - wanted
        return value / len(starts) + penalty * weights @ weights, slope / len(starts) + 2 * penalty * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    return {name: round(float(found[i]), 4) for name, i in names.items() if round(float(found[i]), 4) != 0}


def choices_of(tables: Tables, text: Text) -> list[tuple[dict[str, Features], str]]:
    """Tokens that leave a choice, and in which the right answer is one of those."""
    tables.learn(text, -1)
    found = [described(tables, spot) for spot in spots([token for token, _ in text])]
    tables.learn(text)
    return [(options, plain) for options, (_, plain) in zip(found, text) if plain in options and len(options) > 1]


def normalised(tables: Tables, weights: dict[str, float], tokens: list[str]) -> list[str]:
    return [best(described(tables, spot), weights) for spot in spots(tokens)]
