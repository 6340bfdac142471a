"""Packs the peer's two ONNX files as model packages, so that the agent runs the very same networks.

    python scripts/peer-packages.py --built FOLDER --models FOLDER
"""
import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime as ort


def package(models: Path, name: str, file: Path, manifest: str, case: dict, outputs: dict) -> None:
    folder = models / name
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    shutil.copy(file, folder / "model.onnx")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "manifest.yaml").write_text(manifest.format(digest=digest))
    listed = {k: {"shape": list(v.shape), "data": [round(float(x), 6) for x in v.ravel()]} for k, v in outputs.items()}
    (folder / "golden" / "cases.json").write_text(json.dumps({"cases": [{"name": "seeded", "inputs": case, "outputs": {"only": listed}}]}))


def run(file: Path, value: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: value})[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--built", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    args = parser.parse_args()
    rng = np.random.default_rng(0)

    image = rng.integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    probabilities = run(args.built / "cnn_int8.onnx", image)
    package(args.models, "peer-cnn", args.built / "cnn_int8.onnx", """\
name: peer-cnn
version: 1.0.0
kind: classify
summary: The CNN of the Python peer, random weights.
inputs: {{image: {{width: 224, height: 224, channels: 3, resize: bilinear}}}}
labels: ["0", "1", "2", "3"]
good: "0"
thresholds: {{score: 0.5}}
tensors: {{image: x, probabilities: probs}}
golden: {{tolerance: 0.02}}
variants: {{only: {{file: model.onnx, sha256: {digest}}}}}
""", {"image": {"shape": list(image.shape), "data": image.ravel().tolist()}}, {"probabilities": probabilities})

    window = rng.normal(0, 1, (1, 60, 8)).astype(np.float32)
    anomaly = run(args.built / "attention.onnx", window)
    package(args.models, "peer-attention", args.built / "attention.onnx", """\
name: peer-attention
version: 1.0.0
kind: sequence
summary: The attention encoder of the Python peer, random weights.
inputs: {{window: {{steps: 60, every: 50ms, channels: [tag0, tag1, tag2, tag3, tag4, tag5, tag6, tag7]}}}}
labels: [normal, anomaly]
good: normal
thresholds: {{score: 0.8}}
tensors: {{window: x, probabilities: probs}}
golden: {{tolerance: 0.01}}
variants: {{only: {{file: model.onnx, sha256: {digest}}}}}
""", {"window": {"shape": list(window.shape), "data": [round(float(x), 6) for x in window.ravel()]}}, {"probabilities": anomaly})


if __name__ == "__main__":
    main()
