"""int8 as QDQ, in the variants that processors want.

int8-u8s8  U8 activations, S8 weights per channel, 7 bits of weight: on x86 without VNNI the products of 8 would saturate.
int8-s8s8  S8 activations around zero, S8 weights per channel: what TensorRT takes, and ARM runs well. 7 bits here too: networks were
           trained with 7, and the file is then as exact on an x86 box that has to run it.
"""

from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from house.graph import save

TYPES = {"int8-u8s8": QuantType.QUInt8, "int8-s8s8": QuantType.QInt8}


def quantize(source: Path, target: Path, variant: str, samples: list[dict], calibration: str, exclude=(), float_under=(), float_after=(),
             float_in=None, float_layers=(), why="", operators=None) -> dict:
    """`exclude`: names of nodes to leave in float; `float_under`: beginnings of names; `float_after`: nodes to leave so with all that lives
    on them; `float_in`: by variant, more beginnings of names. `float_layers` and `why` say it to people. Returns the manifest's entry."""
    model = onnx.load(source)
    under = [node.name for node in model.graph.node if node.name.startswith((*float_under, *(float_in or {}).get(variant, ())))]
    exclude = [*exclude, *under, *(name for start in float_after for name in after(model, start))]
    activations = TYPES[variant]
    entry, options = entry_of(model), {}
    if entry:
        # What the first layer reads is fixed by the arithmetic, not by which greys the samples happen to hold. Its bias is quantized
        # with the same scale; onnxruntime leaves a layer in float whose scales do not agree.
        zero, scale = entry_range(model, entry)
        if activations == QuantType.QInt8:
            zero = np.zeros((), np.int8)  # (byte - 127) / 128 around zero, but for a byte of 255
        options["TensorQuantOverrides"] = {entry[-1].output[0]: [{"quant_type": activations, "scale": scale, "zero_point": zero}]}
    if activations == QuantType.QInt8:
        options["ActivationSymmetric"] = True
    quantize_static(
        source, target, _Samples(samples), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
        activation_type=activations, weight_type=QuantType.QInt8, nodes_to_exclude=[*(node.name for node in entry), *exclude],
        op_types_to_quantize=operators, extra_options=options,
    )
    model = onnx.load(target)
    if entry and activations == QuantType.QUInt8:
        fold_entry(model)
    save(model, target)
    return {"format": "QDQ", "activations": "uint8" if activations == QuantType.QUInt8 else "int8", "weights": "int8", "per_channel": True,
            "reduce_range": True, "calibration": calibration, "float_layers": list(float_layers), "why": why}


class _Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.samples = iter(samples)

    def get_next(self):
        return next(self.samples, None)


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
    """(byte - zero) * scale is what dequantizing means: the image's own bytes are the first layer's int8 input, with no work at all, or
    one step from its float input."""
    cast, transpose, sub, mul = entry = entry_of(model)
    zero, scale = entry_range(model, entry)
    model.graph.initializer.extend([
        onnx.numpy_helper.from_array(zero, "image_zero"),
        onnx.numpy_helper.from_array(scale, "image_scale"),
    ])
    transpose.input[0] = "image"
    wide = [transpose.output[0], "image_scale", "image_zero"]
    rounded = next((n for n in model.graph.node if n.op_type == "QuantizeLinear" and n.input[0] == mul.output[0]), None)
    if rounded:
        widened = next(n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] == rounded.output[0])
        widened.input[:] = wide
        model.graph.node.remove(rounded)
    else:
        place = list(model.graph.node).index(mul)
        model.graph.node.insert(place, onnx.helper.make_node("DequantizeLinear", wide, [mul.output[0]], name="image_DequantizeLinear"))
    for node in (cast, sub, mul):
        model.graph.node.remove(node)


def after(model: onnx.ModelProto, name: str) -> list[str]:
    """This node and all that live on what it makes."""
    found, reached = [], set()
    for node in model.graph.node:
        if node.name == name or reached & set(node.input):
            found.append(node.name)
            reached |= set(node.output)
    if not found:
        raise SystemExit(f"no node {name} to leave in float")
    return found


def between(file: Path) -> list[str]:
    """The products of two activations in attention: so small that quantizing them costs more time than it saves."""
    graph = onnx.load(file).graph
    weights = {c.name for c in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and not weights & set(node.input)]
