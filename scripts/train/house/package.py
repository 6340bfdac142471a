"""Writes the package that models/README.md describes: goldens and manifest."""

import datetime
import hashlib
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import yaml

from house.config import ROOT
from house.session import Session


def write_goldens(folder: Path, cases: list[tuple[str, dict]], variants: list[str]) -> None:
    """Inputs are drawn or seeded by the caller; outputs are what this onnxruntime gives. Images become PNGs beside the list."""
    golden = folder / "golden"
    golden.mkdir(exist_ok=True)
    for old in golden.iterdir():
        old.unlink()
    sessions = {variant: Session(folder / f"model.{variant}.onnx") for variant in variants}
    written = []
    for name, inputs in cases:
        stored = {}
        for key, value in inputs.items():
            if value.dtype == np.uint8:
                cv2.imwrite(str(golden / f"{name}.png"), value[0] if value.shape[-1] == 1 else value[0][..., ::-1])
                stored[key] = f"{name}.png"
            else:
                stored[key] = tensor(value)
        outputs = {v: {k: tensor(o) for k, o in session(**inputs).items()} for v, session in sessions.items()}
        written.append({"name": name, "inputs": stored, "outputs": outputs})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in written)
    (golden / "cases.json").write_text(f'{{"cases": [\n{lines}\n]}}\n')


def tensor(values: np.ndarray) -> dict:
    # Seven digits give back the same float32 to within its last bit; maps of features would fill megabytes with them, and four are
    # finer than any tolerance.
    digits = 7 if values.size < 10_000 else 4
    return {"shape": list(values.shape), "data": [float(f"{v:.{digits}g}") for v in values.ravel()]}


def variant(folder: Path, name: str, figures: dict, quantization: dict | None) -> dict:
    file = folder / f"model.{name}.onnx"
    return {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "quantization": quantization, "figures": figures}


def write_manifest(folder: Path, manifest: dict) -> None:
    """The head line of the file says who wrote it, so that nobody mends by hand what the next training overwrites."""
    script = manifest["provenance"]["script"]
    manifest["provenance"].setdefault("trained", datetime.date.today().isoformat())
    manifest["provenance"]["commit"] = commit(ROOT / script)
    text = yaml.dump(manifest, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
    (folder / "manifest.yaml").write_text(f"# Written by {script}; figures are measured on the files beside it.\n{text}")


class _Lines(yaml.SafeDumper):
    """Texts of several lines stay readable."""


_Lines.add_representer(str, lambda d, text: d.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def commit(script: Path) -> str:
    run = lambda *words: subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True).stdout.strip()
    return run("log", "-1", "--format=%h", "--", str(script.parent))
