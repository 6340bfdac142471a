"""Writes the model packages that the tests run: one of each kind, and broken ones. Each is a few kB and says what it should say by
arithmetic that a test can repeat. Needs numpy, onnx and onnxruntime.

    python scripts/make-fixtures.py        writes test/fixtures/models/ and test/fixtures/prepare.json
"""

import hashlib
import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "test" / "fixtures"
MODELS = FIXTURES / "models"
OPSET, IR = 18, 10
SIDE = 16
FLOAT, BYTE = TensorProto.FLOAT, TensorProto.UINT8


class Graph:
    """Nodes by name, so that a network reads from top to bottom."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, values, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def __call__(self, kind, *inputs, output=None, **attributes):
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def save(self, file: Path, inputs: dict, outputs: dict):
        info = lambda ports, element: [helper.make_tensor_value_info(n, element(n), s) for n, s in ports.items()]
        element = lambda n: {"image": BYTE, "x": BYTE, "letters": BYTE, "words": TensorProto.INT32}.get(n, FLOAT)
        graph = helper.make_graph(self.nodes, file.stem, info(inputs, element), info(outputs, lambda n: FLOAT), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="lineside")
        model.ir_version = IR
        onnx.checker.check_model(model, full_check=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, file)


# ---------------------------------------------------------------- networks

def scaled(g: Graph, image="image"):
    """uint8 [1,h,w,c] -> 0..1"""
    return g("Div", g("Cast", image, to=FLOAT), g.constant(255.0))


def means(g: Graph, pixels):
    """Mean of the left and of the right half: [1, 2]."""
    halves = [g("Slice", pixels, g.constant([a], np.int64), g.constant([b], np.int64), g.constant([2], np.int64)) for a, b in ((0, 8), (8, 16))]
    flat = [g("Reshape", g("ReduceMean", half, keepdims=0), g.constant([1, 1], np.int64)) for half in halves]
    return g("Concat", *flat, axis=1)


def class_scores(g: Graph, features, weights, output="probabilities"):
    return g("Softmax", g("Add", g("MatMul", features, g.constant(weights)), g.constant([3.0, 0, 0])), output=output, axis=1)


# good is dark, scratch bright on the left, dent bright on the right
WEIGHTS = np.array([[-6, 8, -2], [-6, -2, 8]], np.float32)
IMAGE = {"image": [1, SIDE, SIDE, 1]}


def classify(file, weights=WEIGHTS, heatmap=True, names=("image", "probabilities")):
    g = Graph()
    pixels = scaled(g, names[0])
    class_scores(g, means(g, pixels), weights, output=names[1])
    outputs = {names[1]: [1, 3]}
    if heatmap:
        g("Reshape", pixels, g.constant([1, SIDE, SIDE], np.int64), output="heatmap")
        outputs["heatmap"] = [1, SIDE, SIDE]
    g.save(file, {names[0]: IMAGE["image"]}, outputs)


def detect(file):
    """Four boxes in fixed places; how sure, is the picture's brightness times the numbers below."""
    g = Graph()
    pixels = scaled(g)
    bright = g("Reshape", g("ReduceMean", pixels, keepdims=0), g.constant([1, 1, 1], np.int64))
    g("Mul", bright, g.constant([[[0.9, 0.1], [0.8, 0.1], [0.2, 0.7], [0.1, 0.05]]]), output="scores")
    nothing = g("Mul", bright, g.constant(0.0))
    g("Add", nothing, g.constant([[[0.25, 0.25, 0.5, 0.5], [0.26, 0.25, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0], [0, 0, 0.1, 0.1]]]), output="boxes")
    g.save(file, {"image": [1, SIDE, SIDE, 3]}, {"boxes": [1, 4, 4], "scores": [1, 4, 2]})


def segment(file):
    g = Graph()
    g("Reshape", scaled(g), g.constant([1, SIDE, SIDE], np.int64), output="mask")
    g.save(file, IMAGE, {"mask": [1, SIDE, SIDE]})


def segment_classes(file):
    g = Graph()
    pixels = scaled(g)
    dark = g("Sub", g.constant(1.0), pixels)
    half = g("Mul", pixels, g.constant(0.5))
    g("Concat", dark, g("Mul", half, g.constant(1.5)), g("Mul", half, g.constant(0.5)), output="mask", axis=3)
    class_scores(g, means(g, pixels), WEIGHTS)
    g.save(file, IMAGE, {"mask": [1, SIDE, SIDE, 3], "probabilities": [1, 3]})


def anomaly(file):
    g = Graph()
    off = g("Mul", g("Abs", g("Sub", scaled(g), g.constant(0.5))), g.constant(2.0))
    g("Reshape", off, g.constant([1, SIDE, SIDE], np.int64), output="heatmap")
    g("Reshape", g("ReduceMax", off, keepdims=0), g.constant([1], np.int64), output="score")
    g.save(file, IMAGE, {"score": [1], "heatmap": [1, SIDE, SIDE]})


def read(file):
    """A column of the picture is a character by its brightness: A at 51, B at 102, ... E at 255, and none where it is black."""
    g = Graph()
    columns = g("Reshape", g("ReduceMean", scaled(g), g.constant([1], np.int64)), g.constant([1, SIDE, 1], np.int64))
    off = g("Sub", columns, g.constant(np.linspace(0, 1, 6).reshape(1, 1, 6)))
    g("Softmax", g("Mul", g("Mul", off, off), g.constant(-500.0)), output="probabilities", axis=2)
    g.save(file, IMAGE, {"probabilities": [1, SIDE, 6]})


STEPS, CHANNELS = 12, 3
WINDOW = {"window": [1, STEPS, CHANNELS]}


def last_row(g: Graph):
    row = g("Slice", "window", g.constant([STEPS - 1], np.int64), g.constant([STEPS], np.int64), g.constant([1], np.int64))
    return g("Reshape", row, g.constant([1, CHANNELS], np.int64))


def sequence_score(file):
    """sigmoid(sum of the newest row)"""
    g = Graph()
    g("Sigmoid", g("ReduceSum", last_row(g), g.constant([1], np.int64), keepdims=0), output="score")
    g.save(file, WINDOW, {"score": [1]})


def sequence_classes(file):
    """softmax of the newest row, which is the contribution too"""
    g = Graph()
    row = last_row(g)
    g("Softmax", row, output="probabilities", axis=1)
    g("Identity", row, output="contribution")
    g.save(file, WINDOW, {"probabilities": [1, 3], "contribution": [1, CHANNELS]})


WORDS, LETTERS = 8, 16
VOCABULARY = ("hose", "leaking", "replace")
# none, Part, State of nothing, an unknown word, and the vocabulary
MEANINGS = np.array([[1, 0, 0], [0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.05, 0.05, 0.9], [0.7, 0.2, 0.1]], np.float32)
# "lkg" is leaking, and so is "leaking"; "hyd hse" are two words of one meaning; "-" means nothing.
TABLES = {
    "raw": {"lkg": {"leaking": 3}, "leaking": {"leaking": 3}, "hse": {"hose": 4}, "hose": {"hose": 4}, "R/R": {"remove and replace": 5}, "-": {"": 3}},
    "digits": {"aa0": {"<id>": 3}}, "shapes": {"AA00": {"<id>": 3}}, "before": {}, "after": {}, "left": {}, "right": {},
}
WEIGHTS_OF_RULES = {"low": 1.0, "same new": 1.0, "edit new": 2.0, "shape count new": 2.0, "digit new": 0.5}


def text(file):
    """Every word by itself; two words together are nothing."""
    g = Graph()
    one = g("Unsqueeze", g("Gather", g.constant(MEANINGS), "words"), g.constant([2], np.int64))
    unused = g("Mul", g("ReduceSum", g("Cast", "letters", to=FLOAT), keepdims=0), g.constant(0.0))
    two = g("Add", g("Mul", one, g.constant(0.0)), g.constant([1.0, 0, 0]))
    g("Add", g("Concat", one, two, axis=2), unused, output="spans")
    g.save(file, {"words": [1, WORDS], "letters": [1, WORDS, LETTERS]}, {"spans": [1, WORDS, 2, 3]})


def text_package(name, raw, plain):
    """Like package(), for a text with its tables."""
    folder = MODELS / name
    (folder / "golden").mkdir(parents=True)
    contents = {"normaliser.json": json.dumps({"tables": TABLES, "weights": WEIGHTS_OF_RULES}), "english.txt": "pump\nvalve",
                "vocabulary.txt": "\n".join(VOCABULARY)}
    for file, content in contents.items():
        (folder / file).write_text(content + "\n")
    file = folder / "model.fp32.onnx"
    text(file)
    words, letters = np.zeros((1, WORDS), np.int32), np.zeros((1, WORDS, LETTERS), np.uint8)
    for i, word in enumerate(plain.split()):
        words[0, i] = VOCABULARY.index(word) + 2 if word in VOCABULARY else 1
        letters[0, i, : len(word)] = [ord(letter) for letter in word]
    outputs = {"fp32": {k: tensor(v) for k, v in run(file, {"words": words, "letters": letters}).items()}}
    case = {"name": "case", "inputs": {"text": raw}, "plain": plain, "outputs": outputs}
    (folder / "golden" / "cases.json").write_text(json.dumps({"cases": [case]}, separators=(",", ":")) + "\n")
    sha256 = lambda name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
    write_manifest(folder, {
        "name": name, "version": "1.0.0", "kind": "text", "summary": "A fixture of the tests.", "inputs": {"text": {"characters": 60, "words": WORDS}},
        "labels": ["none", "Part", "State"], "good": "none", "thresholds": {"score": 0.5, "review": [0.4, 0.6]},
        "decode": {"faults": ["State"], "longest": 2}, "golden": {"tolerance": 1e-4}, "files": {name: sha256(name) for name in contents},
        "variants": {"fp32": {"file": file.name, "sha256": sha256(file.name), "quantization": None, "figures": {}}},
        "provenance": {"script": "scripts/make-fixtures.py"},
    })


def wrong_plain(folder: Path):
    file = folder / "golden" / "cases.json"
    file.write_text(file.read_text().replace("replace hose leaking", "replace hose"))


def sequence_forecast(file):
    """Residual: mean of the last two rows minus mean of the ten before, in spreads, of the scored tags."""
    g = Graph()
    z = g("Div", g("Sub", "window", "mean"), "spread")
    part = lambda a, b: g("Slice", z, g.constant([a], np.int64), g.constant([b], np.int64), g.constant([1], np.int64))
    mean = lambda rows: g("ReduceMean", rows, g.constant([1], np.int64), keepdims=0)
    g("Mul", g("Sub", mean(part(STEPS - 2, STEPS)), mean(part(0, STEPS - 2))), "scored", output="residual")
    each = [CHANNELS]
    g.save(file, {**WINDOW, "mean": each, "spread": each, "scored": each}, {"residual": [1, CHANNELS]})


def first_pixels(g: Graph, count):
    """The first pixels of the first row, int64 [count]."""
    flat = g("Reshape", g("Cast", "image", to=TensorProto.INT64), g.constant([-1], np.int64))
    return g("Slice", flat, g.constant([0], np.int64), g.constant([count], np.int64), g.constant([0], np.int64))


def slow(file):
    """classify that takes (first pixel x second pixel x 20) rounds of a loop longer: seconds for 255 x 255."""
    g = Graph()
    class_scores(g, means(g, scaled(g)), WEIGHTS, output="fast")
    trips = g("Mul", g("ReduceProd", first_pixels(g, 2), keepdims=0), g.constant(20, np.int64))
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["go_on"]), helper.make_node("Identity", ["before"], ["after"])],
        "round",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("going", TensorProto.BOOL, []),
         helper.make_tensor_value_info("before", FLOAT, [1, 3])],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []), helper.make_tensor_value_info("after", FLOAT, [1, 3])],
    )
    g("Loop", trips, g.constant(True, np.bool_), "fast", output="probabilities", body=body)
    g.save(file, IMAGE, {"probabilities": [1, 3]})


def fragile(file):
    """classify that fails inside onnxruntime when the first pixel is above 99, and gives NaN when the second one is 0."""
    g = Graph()
    picked = g("Gather", g.constant(np.ones((100, 1))), g("Slice", first_pixels(g, 1), *[g.constant([v], np.int64) for v in (0, 1, 0)]))
    second = g("Cast", g("Slice", first_pixels(g, 2), *[g.constant([v], np.int64) for v in (1, 2, 0)]), to=FLOAT)
    fair = g("Mul", g("Div", second, second), picked)
    g("Mul", class_scores(g, means(g, scaled(g)), WEIGHTS, output="fair"), g("Reshape", fair, g.constant([1, 1], np.int64)), output="probabilities")
    g.save(file, IMAGE, {"probabilities": [1, 3]})


# ---------------------------------------------------------------- packages

def png(pixels: np.ndarray) -> bytes:
    """8-bit grey or RGB, with each of the five filters in turn, so that the agent's reader meets them all."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels).astype(np.int64)
    data = b""
    for y in range(height):
        row, up = rows[y], rows[y - 1] if y else np.zeros(width * channels, np.int64)
        left = np.concatenate([np.zeros(channels, np.int64), row[:-channels]])
        corner = np.concatenate([np.zeros(channels, np.int64), up[:-channels]])
        toward = left + up - corner
        paeth = np.select(
            [(abs(toward - left) <= abs(toward - up)) & (abs(toward - left) <= abs(toward - corner)), abs(toward - up) <= abs(toward - corner)],
            [left, up], corner)
        guess = [np.zeros_like(row), left, up, (left + up) // 2, paeth][y % 5]
        data += bytes([y % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes()
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def tensor(values: np.ndarray) -> dict:
    return {"shape": list(values.shape), "data": [float(f"{v:.7g}") for v in values.ravel()]}


def picture(channels: int, seed: int) -> np.ndarray:
    # 2..97: what fragile.onnx takes without complaint
    return np.random.default_rng(seed).integers(2, 98, (1, SIDE, SIDE, channels), np.uint8)


def run(file: Path, feeds: dict) -> dict:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, feeds)))


def package(name, kind, build, *, variants=("fp32",), inputs, labels=(), good=None, decode=None, golden=None, extra=None, tensors=None):
    """Files, goldens and manifest. `build` is called with the file, or is a dict of one such by variant."""
    folder = MODELS / name
    (folder / "golden").mkdir(parents=True)
    builds = build if isinstance(build, dict) else dict.fromkeys(variants, build)
    golden = golden or {"image": picture(inputs["image"]["channels"], 1)}
    theirs = tensors or {}
    ours = {own: word for word, own in theirs.items()}
    outputs, described = {}, {}
    for variant, make in builds.items():
        file = folder / f"model.{variant}.onnx"
        make(file)
        fed = {theirs.get(k, k): v for k, v in golden.items()}
        outputs[variant] = {ours.get(k, k): tensor(v) for k, v in run(file, fed).items()}
        described[variant] = {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "quantization": None, "figures": {}}
    stored = {}
    for key, value in golden.items():
        stored[key] = "case.png" if value.dtype == np.uint8 else tensor(value)
        if value.dtype == np.uint8:
            (folder / "golden" / "case.png").write_bytes(png(value[0]))
    case = {"name": "case", "inputs": stored, "outputs": outputs}
    (folder / "golden" / "cases.json").write_text(json.dumps({"cases": [case]}, separators=(",", ":")) + "\n")
    manifest = {
        "name": name, "version": "1.0.0", "kind": kind, "summary": "A fixture of the tests.", "inputs": inputs, "labels": list(labels),
        **({"good": good} if good else {}), "thresholds": {"score": 0.5, "review": [0.4, 0.6]}, "decode": decode or {},
        **(extra or {}), "golden": {"tolerance": 1e-4}, **({"tensors": tensors} if tensors else {}), "variants": described,
        "provenance": {"script": "scripts/make-fixtures.py"},
    }
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: dict):
    # A JSON value is a YAML value: one key a line is readable, and needs no YAML library.
    lines = [f"{key}: {json.dumps(value)}" for key, value in manifest.items()]
    (folder / "manifest.yaml").write_text("# Written by scripts/make-fixtures.py\n" + "\n".join(lines) + "\n")


def broken(name: str, source: str, change):
    """A copy of a package with one thing wrong."""
    folder = MODELS / name
    shutil.copytree(MODELS / source, folder)
    text = (folder / "manifest.yaml").read_text().replace(f'name: "{source}"', f'name: "{name}"')
    (folder / "manifest.yaml").write_text(text)
    change(folder)


def wrong_hash(folder: Path):
    file = next(folder.glob("*.onnx"))
    file.write_bytes(file.read_bytes() + b"\0")


def wrong_golden(folder: Path):
    file = folder / "golden" / "cases.json"
    cases = json.loads(file.read_text())
    for outputs in cases["cases"][0]["outputs"].values():
        outputs["probabilities"]["data"][0] += 0.25
    file.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def half_golden(folder: Path):
    """Only int8-u8s8 is off: fp32 is what is left."""
    file = folder / "golden" / "cases.json"
    cases = json.loads(file.read_text())
    cases["cases"][0]["outputs"]["int8-u8s8"]["probabilities"]["data"][0] += 0.25
    file.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def garbage(folder: Path):
    for file in folder.glob("*.onnx"):
        before = hashlib.sha256(file.read_bytes()).hexdigest()
        file.write_bytes(b"this is no network" * 20)
        text = (folder / "manifest.yaml").read_text()
        (folder / "manifest.yaml").write_text(text.replace(before, hashlib.sha256(file.read_bytes()).hexdigest()))


def wrong_labels(folder: Path):
    text = (folder / "manifest.yaml").read_text()
    (folder / "manifest.yaml").write_text(text.replace('["good", "scratch", "dent"]', '["good", "scratch"]'))


def wrong_input(folder: Path):
    text = (folder / "manifest.yaml").read_text()
    (folder / "manifest.yaml").write_text(text.replace('"width": 16', '"width": 32'))


def packages():
    image = lambda channels: {"image": {"width": SIDE, "height": SIDE, "channels": channels, "resize": "bilinear"}}
    window = {"window": {"steps": STEPS, "every": "100ms", "channels": [{"name": n, "unit": "bar"} for n in ("a", "b", "c")]}}
    classes = {"labels": ("good", "scratch", "dent"), "good": "good"}
    rows = np.random.default_rng(2).normal(0, 1, (1, STEPS, CHANNELS)).astype(np.float32)
    normal = {"mean": np.float32([0.1, 0, -0.1]), "spread": np.float32([1, 2, 0.5]), "scored": np.float32([1, 1, 0])}
    coarse = np.round(WEIGHTS * 1.01, 2)

    package("classify", "classify", {"fp32": classify, "int8-u8s8": lambda f: classify(f, coarse)}, inputs=image(1), **classes)
    package("classify-other", "classify", lambda f: classify(f, -WEIGHTS, heatmap=False), inputs=image(1), **classes)
    names = {"image": "x", "probabilities": "probs"}
    package("classify-foreign", "classify", lambda f: classify(f, heatmap=False, names=("x", "probs")), inputs=image(1), tensors=names, **classes)
    package("detect", "detect", detect, inputs=image(3), labels=("crack", "pore"), decode={"iou": 0.5, "min_score": 0.25, "max": 10})
    package("segment", "segment", segment, inputs=image(1), labels=("good", "scratch"), good="good", decode={"score": "top", "top": 0.125})
    package("segment-classes", "segment", segment_classes, inputs=image(1), decode={"score": "probabilities"}, **classes)
    package("anomaly", "anomaly", anomaly, inputs=image(1), labels=("good", "odd"), good="good")
    strip = np.repeat(np.repeat(np.uint8([0, 51, 51, 0, 204, 102, 0, 102]), 2)[None], SIDE, 0)[None, ..., None]
    package("read", "read", read, inputs=image(1), labels=tuple("ABCDE"), golden={"image": strip})
    package("sequence-score", "sequence", sequence_score, inputs=window, labels=("good", "faulty"), good="good", golden={"window": rows})
    package("sequence-classes", "sequence", sequence_classes, inputs=window, golden={"window": rows}, **classes)
    package("sequence-forecast", "sequence", sequence_forecast, inputs=window, labels=("good", "faulty"), good="good",
            decode={"method": "forecast", "tail": 2, "smooth": 1}, extra={"calibration": {"rows": 150}}, golden={"window": rows, **normal})
    text_package("text", "R/R hse lkg", "remove and replace hose leaking")
    package("slow", "classify", slow, inputs=image(1), golden={"image": np.full((1, SIDE, SIDE, 1), 1, np.uint8)}, **classes)
    package("fragile", "classify", fragile, inputs=image(1), **classes)
    broken("bad-hash", "classify-other", wrong_hash)
    broken("bad-golden", "classify-other", wrong_golden)
    broken("half-golden", "classify", half_golden)
    broken("garbage", "classify-other", garbage)
    broken("bad-reading", "text", wrong_plain)
    broken("bad-labels", "classify-other", wrong_labels)
    broken("bad-input", "classify-other", wrong_input)


# ---------------------------------------------------------------- pictures prepared

def pattern(width: int, height: int, channels: int, high: int) -> np.ndarray:
    """The same numbers as test/inference/pictures.ts draws."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return (x * 7 + y * 13 + c * 29 + (x * y) % 31 + (x // 9) * (y // 7) * 5) * (257 if high > 256 else 1) % high


def prepared():
    """What each graph makes of the pattern: SHA-256 of the bytes, and the first of them to look at."""
    expectations = []
    for source, given, high in (("mono8", 1, 256), ("rgb8", 3, 256), ("mono16", 1, 65536)):
        for channels in (1, 3):
            session = onnxruntime.InferenceSession(ROOT / "agent" / "inference" / "prepare" / f"{source}-{channels}.onnx")
            image = pattern(96, 64, given, high).astype(np.uint16 if high > 256 else np.uint8)[None]
            for x, y, w, h in ((0, 0, 96, 64), (11, 7, 16, 16), (5, 3, 61, 49), (90, 60, 6, 4)):
                feeds = {"image": image, "starts": np.array([y, x]), "ends": np.array([y + h, x + w]), "sizes": np.array([1, SIDE, SIDE, given])}
                out = session.run(None, feeds)[0]
                expectations.append({"format": source, "channels": channels, "region": [x, y, w, h],
                                     "sha256": hashlib.sha256(out.tobytes()).hexdigest(), "first": out.ravel()[:6].tolist()})
    lines = ",\n".join(json.dumps(e) for e in expectations)
    (FIXTURES / "prepare.json").write_text(f"[\n{lines}\n]\n")


def main():
    shutil.rmtree(MODELS, ignore_errors=True)
    packages()
    prepared()


if __name__ == "__main__":
    main()
