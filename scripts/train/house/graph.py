"""From a torch module to an ONNX file that tells nothing about the machine that made it."""

from pathlib import Path

import onnx
import onnxruntime
import torch

OPSET, IR = 17, 10


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


def nodes_of(graph: onnx.GraphProto):
    """Those of branches too."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            yield from nodes_of(attribute.g)


def save(model: onnx.ModelProto, file: Path) -> None:
    """Without what tells about the machine that made it: stack traces, paths, doc strings, guessed shapes."""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    model.graph.name = file.parent.name
    model.producer_name, model.producer_version = "lineside", ""
    nodes = [*nodes_of(model.graph)]
    for node in nodes:
        node.doc_string = ""
        del node.metadata_props[:]
    for tensor in [*model.graph.initializer, *model.graph.input, *model.graph.output]:
        tensor.doc_string = ""
        if isinstance(tensor, onnx.ValueInfoProto):
            del tensor.metadata_props[:]
    domains = {node.domain for node in nodes}
    for extra in [o for o in model.opset_import if o.domain not in domains]:
        model.opset_import.remove(extra)
    used = {name for node in nodes for name in node.input}
    for unused in [c for c in model.graph.initializer if c.name not in used]:
        model.graph.initializer.remove(unused)
    model.ir_version = IR
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)
    for word in (b"/tmp", b"/work", b"/root", b"/home"):
        if word in file.read_bytes():
            raise SystemExit(f"{file.name} holds a path of this machine ({word.decode()})")
