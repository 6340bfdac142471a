"""Builds the graphs that turn a camera's picture into a network's input: cut the region, resize, grey or colour.

They are ONNX so that the agent, the training scripts and anybody else with onnxruntime get the same bytes from the same
picture. Decoding stays outside: the input is what the camera or the JPEG decoder gave.

    python scripts/train/make_prepare.py            writes agent/inference/prepare/<from>-<channels>.onnx
    python scripts/train/make_prepare.py --measure  checks them against plain numpy and prints their times too
"""

import argparse
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve()
FOLDER = HERE.parents[2] / "agent" / "inference" / "prepare"
OPSET, IR = 18, 10

# Name -> element type and channels of the picture as it arrives.
FORMATS = {"mono8": (TensorProto.UINT8, 1), "rgb8": (TensorProto.UINT8, 3), "mono16": (TensorProto.UINT16, 1)}


def build(source: str, channels: int) -> onnx.ModelProto:
    """image [1,H,W,C], starts and ends (y, x), sizes [1,h,w,C] -> prepared uint8 [1,h,w,channels]."""
    element, given = FORMATS[source]
    nodes, constants = [], []

    def constant(name, values, dtype):
        constants.append(numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def one(value):
        return [[[[value]]]]  # with a scalar instead, onnxruntime broadcasts pixel by pixel: 20 times slower

    # Cut first: everything after it costs by the pixel.
    last = node("Slice", ["image", "starts", "ends", constant("axes", [1, 2], np.int64)], "region")
    if source == "mono16":
        # The high byte, as v >> 8. BitShift has no uint16 kernel in onnxruntime and Resize none for 16 bits.
        last = node("Cast", [last], "wide", to=TensorProto.INT32)
        last = node("Div", [last, constant("low_byte", one(256), np.int32)], "high_byte")
        last = node("Cast", [last], "narrow", to=TensorProto.UINT8)
    # On uint8 NHWC onnxruntime interpolates in integers, so the result does not depend on the processor.
    last = node("Resize", [last, "", "", "sizes"], "resized", mode="linear", coordinate_transformation_mode="half_pixel")
    if given == 3 and channels == 1:
        # ITU-R BT.601 luma rounded half up. Whole numbers below 2^24 are exact in floats, whatever the order of the sum.
        last = node("Cast", [last], "colours", to=TensorProto.FLOAT)
        last = node("MatMul", [last, constant("luma", [[299], [587], [114]], np.float32)], "thousandths")
        last = node("Add", [last, constant("half", one(500), np.float32)], "raised")
        last = node("Div", [last, constant("thousand", one(1000), np.float32)], "grey")
        last = node("Cast", [last], "luma_bytes", to=TensorProto.UINT8)
    elif given == 1 and channels == 3:
        last = node("Concat", [last, last, last], "repeated", axis=3)  # a tenth of what Expand takes
    node("Identity", [last], "prepared")

    graph = helper.make_graph(
        nodes,
        f"{source}-{channels}",
        [
            helper.make_tensor_value_info("image", element, [1, "H", "W", given]),
            helper.make_tensor_value_info("starts", TensorProto.INT64, [2]),
            helper.make_tensor_value_info("ends", TensorProto.INT64, [2]),
            helper.make_tensor_value_info("sizes", TensorProto.INT64, [4]),
        ],
        [helper.make_tensor_value_info("prepared", TensorProto.UINT8, [1, "h", "w", channels])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="lineside")
    model.ir_version = IR
    onnx.checker.check_model(model, full_check=True)
    return model


class Prepare:
    """Runs one of the graphs. The agent has a kernel of its own for the same bytes (agent/inference/prepare/assembly)."""

    def __init__(self, source: str, channels: int):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.given = FORMATS[source][1]
        self.session = onnxruntime.InferenceSession(FOLDER / f"{source}-{channels}.onnx", options, ["CPUExecutionProvider"])

    def __call__(self, image: np.ndarray, height: int, width: int, region=None) -> np.ndarray:
        """image [H,W] or [H,W,C]; region x, y, width, height, or the whole picture. Returns [1,height,width,channels]."""
        x, y, w, h = region or (0, 0, image.shape[1], image.shape[0])
        return self.session.run(
            ["prepared"],
            {
                "image": image.reshape(1, *image.shape[:2], self.given),
                "starts": np.array([y, x], np.int64),
                "ends": np.array([y + h, x + w], np.int64),
                "sizes": np.array([1, height, width, self.given], np.int64),
            },
        )[0]


def reference(image, height, width, region):
    """Half-pixel bilinear in floats: what the Resize must come within one grey level of."""
    x, y, w, h = region
    cut = image[y : y + h, x : x + w].astype(np.float64)
    rows = np.clip((np.arange(height) + 0.5) * h / height - 0.5, 0, h - 1)
    columns = np.clip((np.arange(width) + 0.5) * w / width - 0.5, 0, w - 1)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    bottom, right = np.minimum(top + 1, h - 1), np.minimum(left + 1, w - 1)
    dy, dx = (rows - top)[:, None, None], (columns - left)[None, :, None]
    upper = cut[top][:, left] * (1 - dx) + cut[top][:, right] * dx
    lower = cut[bottom][:, left] * (1 - dx) + cut[bottom][:, right] * dx
    return upper * (1 - dy) + lower * dy


def measure(source: str, channels: int) -> str:
    element, given = FORMATS[source]
    rng = np.random.default_rng(1)
    high, dtype = (65536, np.uint16) if element == TensorProto.UINT16 else (256, np.uint8)
    image = rng.integers(0, high, (480, 640, given), dtype)
    prepare = Prepare(source, channels)

    eight = image if dtype == np.uint8 else (image >> 8).astype(np.uint8)

    def colour(pixels):
        if given == 3 and channels == 1:
            whole = pixels.astype(np.int64)
            return (whole @ np.array([[299], [587], [114]]) + 500) // 1000
        return np.repeat(pixels, channels, -1) if given == 1 else pixels

    # A region that has the target's size already passes through untouched.
    region = (120, 80, 224, 224)
    assert np.array_equal(prepare(image, 224, 224, region)[0], colour(eight[80:304, 120:344]))
    worst = 0.0
    regions = [((0, 0, 640, 480), 224, 224), ((33, 21, 301, 199), 224, 224), ((9, 9, 100, 90), 128, 160), ((0, 0, 640, 224), 224, 224)]
    for region, height, width in regions:
        got = prepare(image, height, width, region)[0].astype(float)
        worst = max(worst, float(np.abs(got - colour(reference(eight, height, width, region))).max()))
    times = []
    for _ in range(60):
        start = time.perf_counter()
        prepare(image, 224, 224)
        times.append(time.perf_counter() - start)
    return f"{source}-{channels}: 640x480 -> 224x224 {np.median(times) * 1e3:.2f} ms, at most {worst:.2f} grey levels off"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="check against numpy and print times")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for source in FORMATS:
        for channels in (1, 3):
            onnx.save(build(source, channels), FOLDER / f"{source}-{channels}.onnx")
            if arguments.measure:
                print(measure(source, channels))


if __name__ == "__main__":
    main()
