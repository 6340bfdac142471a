"""What Python's onnxruntime says of the same files: the reference of `npm run real-line`.

    ls *.jpg | python scripts/real_line_reference.py --package models/surface-defect --variant int8-u8s8 --prepare agent/inference/prepare

Reads file names from standard input and prints one JSON line a file: {"file", "score", "verdict"}. The way from file to network is the
one that models/README.md documents: decode, prepare/<format>-<channels>.onnx, network.
"""
import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import yaml


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--variant", required=True)
    parser.add_argument("--prepare", type=Path, required=True)
    parser.add_argument("--format", choices=["mono8", "rgb8"], default="mono8")
    args = parser.parse_args()
    manifest = yaml.safe_load((args.package / "manifest.yaml").read_text())
    image = manifest["inputs"]["image"]
    channels = image["channels"]
    prepare = session(args.prepare / f"{args.format}-{channels}.onnx")
    network = session(args.package / manifest["variants"][args.variant]["file"])
    good = manifest["labels"].index(manifest["good"])
    threshold = manifest["thresholds"]["score"]
    review = manifest["thresholds"].get("review")
    print(json.dumps({"onnxruntime": ort.__version__}), flush=True)
    for name in sys.stdin.read().split("\n"):
        if not name:
            continue
        pixels = cv2.imread(name, cv2.IMREAD_GRAYSCALE)[..., None] if args.format == "mono8" else cv2.imread(name)[..., ::-1]
        height, width, planes = pixels.shape
        prepared = prepare.run(None, {
            "image": np.ascontiguousarray(pixels)[None],
            "starts": np.array([0, 0], np.int64),
            "ends": np.array([height, width], np.int64),
            "sizes": np.array([1, image["height"], image["width"], planes], np.int64),
        })[0]
        probabilities = dict(zip([o.name for o in network.get_outputs()], network.run(None, {"image": prepared})))["probabilities"][0]
        score = 1 - float(probabilities[good])
        verdict = "nok" if score >= threshold else "review" if review and score >= review[0] else "ok"
        print(json.dumps({"file": name, "score": score, "verdict": verdict}), flush=True)


if __name__ == "__main__":
    main()
