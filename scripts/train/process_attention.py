"""Trains models/process-attention: what a machine's tags should do next, so that the agent can say when they do not.

One small attention encoder serves all machines; what is particular to one (mean, spread, covariance, limit) the agent learns on
the box. Everything from raw rows to the smoothed residual is inside the graph, so that the box and this script cannot differ.
"""

import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
from package import (Session, between, export, folder_of, interval, parse, quantization, quantize, variant, write_goldens, write_manifest)
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

NAME = "process-attention"
# name, unit, SKAB's column, counts. Temperatures drift through any limit learned in some minutes: they are context for the others.
# Lag-1 autocorrelation shows it over many recordings (median 0.92 and 0.94), not reliably over the 400 rows of one.
TAGS = [("accelerometer_1", "g", "Accelerometer1RMS", True), ("accelerometer_2", "g", "Accelerometer2RMS", True),
        ("current", "A", "Current", True), ("pressure", "bar", "Pressure", True),
        ("temperature", "°C", "Temperature", False), ("thermocouple", "°C", "Thermocouple", False),
        ("voltage", "V", "Voltage", True), ("flow", "L/min", "Volume Flow RateRMS", True)]
CHANNELS = len(TAGS)
COUNTS = np.array([counts for *_, counts in TAGS], np.float32)
PATCH, PATCHES, SMOOTH = 5, 12, 20
PAST = PATCH * PATCHES            # rows that the network sees
TAIL = PATCH                      # rows whose mean it foretells
STEPS = PAST + TAIL + SMOOTH - 1  # rows from which SMOOTH residuals can be had
SAMPLES = 200
CALIBRATION = {"rows": 400, "autocorrelation": 1.0, "floor": 1e-6, "ridge": 1e-3, "quantile": 0.99, "factor": 2.0}


# ---------------------------------------------------------------- the network

class Block(nn.Module):
    """Pre-norm attention, written out: the exporter bakes lengths into torch's own."""

    def __init__(self, d: int, heads: int, hidden: int, drop: float):
        super().__init__()
        self.heads, self.drop = heads, nn.Dropout(drop)
        self.before, self.between = nn.LayerNorm(d), nn.LayerNorm(d)
        self.inward, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.wide, self.narrow = nn.Linear(d, hidden), nn.Linear(hidden, d)

    def forward(self, x):
        n, length, d = x.shape
        ask, key, value = self.inward(self.before(x)).reshape(n, length, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = ask @ key.transpose(2, 3) / math.sqrt(d // self.heads)
        mixed = self.drop(weights.softmax(-1)) @ value
        x = x + self.drop(self.out(mixed.transpose(1, 2).reshape(n, length, d)))
        return x + self.drop(self.narrow(F.relu(self.wide(self.between(x)))))


class Encoder(nn.Module):
    """z [n, rows, tags] -> expected mean z of the TAIL rows behind each PAST rows, [n * windows, tags]."""

    def __init__(self, d: int = 32, heads: int = 4, hidden: int = 64, drop: float = 0.1):
        super().__init__()
        self.patch = nn.Conv1d(CHANNELS, d, PATCH)
        self.places = nn.Parameter(torch.randn(PATCHES, d) * 0.02)
        self.blocks = nn.Sequential(Block(d, heads, hidden, drop), Block(d, heads, hidden, drop))
        self.norm, self.out = nn.LayerNorm(d), nn.Linear(d, CHANNELS)

    def forward(self, z, windows: int = 1):
        # A fault is many spreads away: the logarithm keeps it from drowning everything else.
        x = torch.sign(z) * torch.log1p(z.abs())
        # Windows overlap: each patch is embedded once, and each window takes the twelve that are its own.
        embedded = self.patch(x.transpose(1, 2)).transpose(1, 2)
        starts = (torch.arange(windows)[:, None] + torch.arange(PATCHES) * PATCH).reshape(-1)
        patches = embedded[:, starts].reshape(-1, PATCHES, embedded.shape[-1])
        return self.out(self.norm(self.blocks(patches + self.places)).mean(1))


class Network(nn.Module):
    """Raw rows -> what came, minus what the network expected, over the last SMOOTH moments."""

    def __init__(self, encoder: Encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, window, mean, spread, scored):
        z = (window - mean) / spread
        expected = self.encoder(z, SMOOTH)
        # Not one by one and then averaged: the mean of SMOOTH overlapping means of TAIL rows is one weighted sum.
        lasting = torch.tensor([min(i + 1, TAIL, TAIL + SMOOTH - 1 - i) for i in range(TAIL + SMOOTH - 1)]) / (TAIL * SMOOTH)
        came = (z[:, PAST:] * lasting[:, None]).sum(1)
        # What is context by its nature is 0 here, and adds nothing to a distance; `scored` is the box's own say.
        return (came - expected.mean(0, keepdim=True)) * (scored * torch.from_numpy(COUNTS))


# ---------------------------------------------------------------- data and training

def load(data: Path):
    """Every recording: name, rows [n, tags], anomaly per row."""
    for file in sorted((data / "data").rglob("*.csv")):
        rows = list(csv.DictReader(file.open(), delimiter=";"))
        values = np.array([[float(row[column]) for _, _, column, _ in TAGS] for row in rows], np.float32)
        truth = np.array([float(row.get("anomaly", 0)) for row in rows]) > 0.5
        yield f"{file.parent.name}/{file.stem}", values, truth


def settle(rows: np.ndarray):
    """The first of the agent's steps on the box: what is usual for each tag, and which of them move at all."""
    normal = rows[: CALIBRATION["rows"]].astype(np.float64)
    mean, off = normal.mean(0), normal - normal.mean(0)
    alone = (off * off).sum(0)
    lasting = np.where(alone > 0, (off[1:] * off[:-1]).sum(0) / np.maximum(alone, 1e-300), 1)
    scored = lasting < CALIBRATION["autocorrelation"]
    return [part.astype(np.float32) for part in (mean, np.maximum(normal.std(0), CALIBRATION["floor"]), scored)]


def pieces(recordings):
    """Windows of PAST + TAIL normal z rows: of each recording only those that the rule calibrates on."""
    for name, rows, truth in recordings:
        mean, spread, _ = settle(rows)
        last = len(rows) if name.startswith("anomaly-free") else CALIBRATION["rows"]
        z = (rows[:last] - mean) / spread
        for start in range(last - PAST - TAIL + 1):
            if not truth[start : start + PAST + TAIL].any():
                yield z[start : start + PAST + TAIL]


def disturb(past: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Faults in what the network sees, never in what it must foretell: else it learns to follow a fault that lasts."""
    n, quick = len(past), torch.from_numpy(COUNTS) > 0
    chance = lambda *shape: torch.rand(*shape, generator=rng)
    drift = (chance(n, 1, CHANNELS) * 20 - 10) * (chance(n, 1, CHANNELS) < 0.7) * ~quick
    size = torch.exp(chance(n, 1, CHANNELS) * math.log(20)) * torch.where(chance(n, 1, CHANNELS) < 0.5, -1.0, 1.0)
    hit = (chance(n, 1, CHANNELS) < 0.35) * (chance(n, 1, 1) < 0.7) * quick
    onset = chance(n, 1, CHANNELS) * PAST
    return past + drift + size * hit * (torch.arange(PAST)[None, :, None] >= onset)


def train(recordings, steps: int, batch: int = 128) -> Encoder:
    windows, counts = torch.from_numpy(np.stack(list(pieces(recordings)))), torch.from_numpy(COUNTS)
    encoder, rng = Encoder(), torch.Generator().manual_seed(5)
    optimizer = torch.optim.AdamW(encoder.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    bar = tqdm(range(steps), f"training on {len(windows)} windows")
    for _ in bar:
        z = windows[torch.randint(len(windows), (batch,), generator=rng)]
        expected = encoder(disturb(z[:, :PAST], rng))
        loss = (F.smooth_l1_loss(expected, z[:, PAST:].mean(1), reduction="none") * counts).sum(1).mean() / counts.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.3f}")
    return encoder.eval()


# ---------------------------------------------------------------- the rule, fixed in advance, and figures

def alarms(residuals: np.ndarray, scored: np.ndarray) -> np.ndarray:
    """Residuals of every full window of a recording, in order -> which of them are alarms. models/README.md has it in words."""
    r = residuals[:, scored > 0].astype(np.float64)
    known = r[: CALIBRATION["rows"] - STEPS + 1]
    centre = known.mean(0)
    inverse = np.linalg.inv(np.cov(known, rowvar=False, bias=True) + CALIBRATION["ridge"] * np.eye(r.shape[1]))
    distance = np.sqrt(np.einsum("ni,ij,nj->n", r - centre, inverse, r - centre))
    return distance > CALIBRATION["factor"] * np.quantile(distance[: len(known)], CALIBRATION["quantile"])


def whitening(rows, mean, spread, scored) -> np.ndarray:
    """The same without a network: expect that nothing changes."""
    sums = np.cumsum(np.vstack([np.zeros(CHANNELS), (rows - mean) / spread]), 0)
    five = (sums[TAIL:] - sums[:-TAIL]) / TAIL
    smooth = np.apply_along_axis(lambda c: np.convolve(c, np.ones(SMOOTH) / SMOOTH, "valid"), 0, five)
    return smooth[PAST:] * scored * COUNTS


def judge(recordings, residual) -> list[tuple[np.ndarray, np.ndarray]]:
    """(alarm, truth) of every row behind the calibration rows, for each recording."""
    judged = []
    for _, rows, truth in recordings:
        state = settle(rows)
        raised = alarms(residual(rows, *state), state[2])
        judged.append((raised[CALIBRATION["rows"] - STEPS + 1 :], truth[CALIBRATION["rows"] :]))
    return judged


def figures(judged) -> dict:
    """F1 with false-alarm and missed-alarm rates over all rows; the interval draws whole recordings anew."""
    counts = np.array([[(a & t).sum(), (a & ~t).sum(), (~a & t).sum(), (~a & ~t).sum()] for a, t in judged])

    def rate(numerator, *denominator):
        return lambda r: (counts[r].sum(0) @ numerator) / (counts[r].sum(0) @ denominator[0])

    groups = np.arange(len(judged))
    return {
        "f1": interval(rate([2, 0, 0, 0], [2, 1, 1, 0]), groups),
        "false_alarm_rate": interval(rate([0, 1, 0, 0], [0, 1, 0, 1]), groups),
        "missed_alarm_rate": interval(rate([0, 0, 1, 0], [1, 0, 1, 0]), groups),
    }


def through(session: Session, label: str):
    def residual(rows, mean, spread, scored):
        windows = range(len(rows) - STEPS + 1)
        return np.concatenate([session(window=rows[None, i : i + STEPS], mean=mean, spread=spread, scored=scored)["residual"] for i in windows])

    bar = tqdm(desc=label, unit="recording")
    return lambda *given: (bar.update(), residual(*given))[1]


def drawn() -> list[tuple[str, dict]]:
    """A pump that never ran: noise around made-up levels; then a step, a drift, and a machine with other units."""
    rng = np.random.default_rng(6)
    level = np.array([0.1, 0.2, 1.5, 0.3, 80, 25, 230, 60], np.float32)
    spread = np.array([0.01, 0.02, 0.3, 0.2, 0.5, 0.1, 8, 2], np.float32)
    steady = level + spread * rng.normal(0, 1, (STEPS, CHANNELS))
    step, drift = steady.copy(), steady.copy()
    step[60:, 3] += 6 * spread[3]
    drift[:, 4] += np.linspace(0, 8, STEPS) * spread[4]
    drift[:, 7] -= np.linspace(0, 4, STEPS) * spread[7]
    kilo = np.float32(1000)
    cases = {"steady": (steady, level, spread), "step": (step, level, spread), "drift": (drift, level, spread),
             "other-units": (step * kilo, level * kilo, spread * kilo)}
    return [(name, {"window": w[None].astype(np.float32), "mean": m, "spread": s, "scored": np.ones(CHANNELS, np.float32)}) for name, (w, m, s) in cases.items()]


def main() -> None:
    arguments = parse(__doc__, "the SKAB folder", steps={"type": int, "default": 300, "help": "training steps"})
    started = time.time()
    folder = folder_of(NAME)
    recordings = list(load(arguments.data))
    tested = [r for r in recordings if not r[0].startswith("anomaly-free")]

    def package(encoder, file):
        state = tuple(torch.ones(CHANNELS) for _ in range(3))
        return export(Network(encoder), (torch.zeros(1, STEPS, CHANNELS), *state), file, ["window", "mean", "spread", "scored"], ["residual"])

    # How it does on recordings it has not seen: each half judged by an encoder of the other half.
    halves, unseen = (tested[::2], tested[1::2]), []
    for mine, others in zip(halves, reversed(halves)):
        trial = package(train(others, arguments.steps), folder / "trial.onnx")
        unseen += judge(mine, through(Session(trial), "judging the other half"))
        trial.unlink()
    unseen = figures(unseen)

    fp32 = package(train(recordings, arguments.steps), folder / "model.fp32.onnx")
    rng = np.random.default_rng(8)
    samples = [sample_of(recordings[rng.integers(len(recordings))], rng) for _ in range(SAMPLES)]
    quantize(fp32, folder / "model.int8-u8s8.onnx", samples, op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=between(fp32))

    how = quantization(f"{SAMPLES} windows of the calibration rows", ["attention products", "softmax", "norms", "patch embedding"],
                       "too small to gain anything")
    variants = {}
    for name, quantized in {"fp32": None, "int8-u8s8": how}.items():
        session = Session(folder / f"model.{name}.onnx")
        variants[name] = variant(folder, name, figures(judge(tested, through(session, f"judging with {name}"))), quantized)
        print(f"{name}: {session.milliseconds(samples):.2f} ms,", {k: v["value"] for k, v in variants[name]["figures"].items()})
    nothing = figures(judge(tested, whitening))
    print("whitening alone:", {k: v["value"] for k, v in nothing.items()})
    print("recordings not trained on:", {k: v["value"] for k, v in unseen.items()})

    write_goldens(folder, drawn(), list(variants))
    write_manifest(folder, {
        "name": NAME, "version": "0.1.0", "kind": "sequence",
        "summary": "Tells when a water pump's tags leave what its own recent rows let expect.",
        "inputs": {"window": {"steps": STEPS, "every": "1s",
                              "channels": [{"name": name, "unit": unit} for name, unit, *_ in TAGS]}},
        "labels": ["normal", "unexpected"], "good": "normal", "thresholds": {"score": 0.5},
        "decode": {"method": "forecast", "tail": TAIL, "smooth": SMOOTH}, "calibration": CALIBRATION,
        "evaluation": "skab",
        "golden": {"tolerance": 0.05},
        "variants": variants,
        "provenance": {
            "data": {"name": "SKAB", "split": "each of 34 recordings: fit and calibrated on its first 400 rows, judged on all others, pooled",
                     "licence": "GPL-3.0 (Katser and Kozitsin, Skoltech Anomaly Benchmark)"},
            "pretrained": None,
            "baseline": {"name": "whitening without a network, same rule", "figures": nothing},
            "script": f"scripts/train/{Path(__file__).name}",
            "cost": f"{(time.time() - started) / 60:.0f} minutes on one core, most of it judging",
            "notes": NOTES.format(**{k: v["value"] for k, v in unseen.items()}),
        },
    })


def sample_of(recording, rng) -> dict:
    _, rows, _ = recording
    start = rng.integers(CALIBRATION["rows"] - STEPS + 1)
    mean, spread, scored = settle(rows)
    return {"window": rows[None, start : start + STEPS], "mean": mean, "spread": spread, "scored": scored}


NOTES = """Recordings that the encoder was not trained on (each half judged by an encoder of the other half, first 400 rows only for
calibration): F1 {f1}, false alarms {false_alarm_rate}, missed {missed_alarm_rate}.
The temperatures are context: the graph returns 0 for them. "Everything is an alarm" has F1 0.70 here: read F1 with the other two. The network gains little over whitening, and the intervals
overlap. Most false alarms come after a fault, while the loop recovers. One recording (other/2) has 296 faulty rows among its
calibration rows. One testbed: on another machine expect whitening's figures until it is trained there. int8 gains no time on x86."""


if __name__ == "__main__":
    main()
