"""What every model's script shares: export, quantize, check, and write the package that models/README.md describes."""

import argparse
import datetime
import hashlib
import json
import logging
import os
import random
import subprocess
import time
import warnings
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
import yaml
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
OPSET, IR = 17, 10
SEED = 7


# ---------------------------------------------------------------- the command line

def parse(doc: str, data: str, **more) -> argparse.Namespace:
    """The arguments that all scripts take. `data` says what the folder has to hold."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("LINESIDE_DATA"), help=f"{data} (default: $LINESIDE_DATA)")
    parser.add_argument("--threads", type=int, default=1, help="threads for training (default 1)")
    for name, options in more.items():
        parser.add_argument(f"--{name}", **options)
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("say where the data are: --data FOLDER or LINESIDE_DATA")
    arguments.data = Path(arguments.data)
    seed(arguments.threads)
    return arguments


def seed(threads: int = 1) -> None:
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    warnings.filterwarnings("ignore")
    logging.getLogger().setLevel(logging.ERROR)


# ---------------------------------------------------------------- ONNX

def export(module: torch.nn.Module, samples: tuple, file: Path, inputs: list[str], outputs: list[str]) -> Path:
    """Batch 1 and fixed shapes: a part is judged alone, and fixed shapes give the fastest graph."""
    module.eval()
    torch.onnx.export(module, samples, file, dynamo=False, opset_version=OPSET, input_names=inputs, output_names=outputs)
    # The exporter writes constants as little calculations; onnxruntime's basic level folds them and stays within plain ONNX.
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(file)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(file.read_bytes(), options, ["CPUExecutionProvider"])
    save(fold_pads(onnx.load(file)), file)
    return file


def fold_pads(model: onnx.ModelProto) -> onnx.ModelProto:
    """Moves zero padding into the convolution behind it: one operator less, and nothing for the quantizer to stumble over."""
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in model.graph.initializer}
    constants |= {n.output[0]: onnx.numpy_helper.to_array(n.attribute[0].t) for n in model.graph.node if n.op_type == "Constant"}
    makers = {output: node for node in model.graph.node for output in node.output}
    for conv in [n for n in model.graph.node if n.op_type == "Conv"]:
        pad = makers.get(conv.input[0])
        if pad is None or pad.op_type != "Pad":
            continue
        amounts = constants[pad.input[1]]
        old = next(a for a in conv.attribute if a.name == "pads")
        total = [int(a + b) for a, b in zip(old.ints, [*amounts[2:4], *amounts[6:8]])]
        conv.attribute.remove(old)
        conv.attribute.append(onnx.helper.make_attribute("pads", total))
        conv.input[0] = pad.input[0]
    used = {name for node in model.graph.node for name in node.input}
    for pad in [n for n in model.graph.node if n.op_type == "Pad" and n.output[0] not in used]:
        model.graph.node.remove(pad)
    return model


def save(model: onnx.ModelProto, file: Path) -> None:
    """Without what tells about the machine that made it: stack traces, paths, doc strings, guessed shapes."""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    model.graph.name = file.parent.name
    model.producer_name, model.producer_version = "lineside", ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for tensor in [*model.graph.initializer, *model.graph.input, *model.graph.output]:
        tensor.doc_string = ""
        if isinstance(tensor, onnx.ValueInfoProto):
            del tensor.metadata_props[:]
    domains = {node.domain for node in model.graph.node}
    for extra in [o for o in model.opset_import if o.domain not in domains]:
        model.opset_import.remove(extra)
    used = {name for node in model.graph.node for name in node.input}
    for unused in [c for c in model.graph.initializer if c.name not in used]:
        model.graph.initializer.remove(unused)
    model.ir_version = IR
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)
    for word in (b"/tmp", b"/work", b"/root", b"/home"):
        if word in file.read_bytes():
            raise SystemExit(f"{file.name} holds a path of this machine ({word.decode()})")


class _Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.samples = iter(samples)

    def get_next(self):
        return next(self.samples, None)


def quantize(source: Path, target: Path, samples: list[dict], **more) -> Path:
    """U8 activations, S8 weights per channel, 7 bits of weight: on x86 without VNNI the products of 8 would saturate."""
    model = onnx.load(source)
    entry, options = entry_of(model), {}
    excluded = [node.name for node in entry] + more.pop("nodes_to_exclude", [])
    if entry:
        # What the first layer reads is fixed by the arithmetic, not by which greys the samples happen to hold. Its bias is quantized
        # with the same scale; onnxruntime leaves a layer in float whose scales do not agree.
        zero, scale = entry_range(model, entry)
        options["TensorQuantOverrides"] = {entry[-1].output[0]: [{"quant_type": QuantType.QUInt8, "scale": scale, "zero_point": zero}]}
    quantize_static(
        source, target, _Samples(samples), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=excluded,
        extra_options=options, **more,
    )
    model = onnx.load(target)
    if entry:
        fold_entry(model)
    save(model, target)
    return target


def entry_of(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Cast, Transpose, Sub, Mul: how an image enters. Empty for a model without an image."""
    entry, name = [], "image"
    for kind in ("Cast", "Transpose", "Sub", "Mul"):
        node = next((n for n in model.graph.node if n.input and n.input[0] == name and n.op_type == kind), None)
        if node is None:
            return []
        entry.append(node)
        name = node.output[0]
    return entry


def entry_range(model: onnx.ModelProto, entry) -> tuple[np.ndarray, np.ndarray]:
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in model.graph.initializer}
    _, _, sub, mul = entry
    return constants[sub.input[1]].astype(np.uint8).reshape(()), constants[mul.input[1]].astype(np.float32).reshape(())


def fold_entry(model: onnx.ModelProto) -> None:
    """(byte - zero) * scale is what dequantizing means: the image's own bytes are the first layer's int8 input, with no work at all."""
    cast, transpose, sub, mul = entry = entry_of(model)
    zero, scale = entry_range(model, entry)
    rounded = next(n for n in model.graph.node if n.op_type == "QuantizeLinear" and n.input[0] == mul.output[0])
    widened = next(n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] == rounded.output[0])
    model.graph.initializer.extend([
        onnx.numpy_helper.from_array(zero, "image_zero"),
        onnx.numpy_helper.from_array(scale, "image_scale"),
    ])
    transpose.input[0] = "image"
    widened.input[:] = [transpose.output[0], "image_scale", "image_zero"]
    for node in (cast, sub, mul, rounded):
        model.graph.node.remove(node)


def quantization(calibration: str, float_layers=(), why="") -> dict:
    return {"format": "QDQ", "activations": "uint8", "weights": "int8", "per_channel": True, "reduce_range": True,
            "calibration": calibration, "float_layers": list(float_layers), "why": why}


def after(model: onnx.ModelProto, name: str) -> list[str]:
    """This node and all that live on what it makes."""
    found, reached = [], set()
    for node in model.graph.node:
        if node.name == name or reached & set(node.input):
            found.append(node.name)
            reached |= set(node.output)
    return found


def between(file: Path) -> list[str]:
    """The products of two activations in attention: so small that quantizing them costs more time than it saves."""
    graph = onnx.load(file).graph
    weights = {c.name for c in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and not weights & set(node.input)]


class Session:
    """A model as the agent runs it: CPU, one thread."""

    def __init__(self, file: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        self.outputs = [o.name for o in self.session.get_outputs()]

    def __call__(self, **inputs) -> dict[str, np.ndarray]:
        return dict(zip(self.outputs, self.session.run(None, inputs)))

    def milliseconds(self, samples: list[dict]) -> float:
        """Median of one run."""
        times = []
        for sample in samples:
            start = time.perf_counter()
            self(**sample)
            times.append(time.perf_counter() - start)
        return float(np.median(times)) * 1e3


# ---------------------------------------------------------------- figures

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


# ---------------------------------------------------------------- the package

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
    # Seven digits give back the same float32 to within its last bit; the tolerance is far wider.
    return {"shape": list(values.shape), "data": [float(f"{v:.7g}") for v in values.ravel()]}


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


def folder_of(name: str) -> Path:
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
