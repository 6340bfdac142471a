"""Explanations that cost nothing where nobody asks: a branch of the graph that runs from a score on that the caller names.

A network that explains by leaving things out looks at a batch: the sample as it is, and the sample without each of its parts. Here the
sample as it is stays outside, alone, and the whole batch moves into an If.
"""

from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from house.graph import save


def explain_on_demand(file: Path, probabilities: str, why: list[str], good: int, batch: str) -> None:
    """Rewrites the file. `batch` names the constant whose first axis is the batch, the sample as it is first. The graph gets an input
    `explain`: where the score, 1 - p(good), is lower, the outputs `why` are zeros."""
    model = onnx.load(file)
    graph = model.graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    outputs = {output.name: output for output in graph.output}
    single = for_one(graph, constants, batch)
    judge, full = alone(needed(graph, [probabilities]), single, probabilities), needed(graph, why)
    decide = helper.make_node("If", ["explain/asked"], why, "explain",
                              then_branch=branch(full, why, outputs), else_branch=branch(nothing(why, outputs), why, outputs))
    nodes = [*judge, *asked(probabilities, good, outputs[probabilities].type.tensor_type.shape.dim[1].dim_value), decide]
    used = {name for node in [*judge, *full] for name in node.input}
    initializers = [c for c in graph.initializer if c.name in used] + [numpy_helper.from_array(v, f"{n}/alone") for n, v in single.items()]
    inputs = [*graph.input, helper.make_tensor_value_info("explain", TensorProto.FLOAT, [1])]
    model.graph.CopyFrom(helper.make_graph(nodes, graph.name, inputs, [outputs[name] for name in [probabilities, *why]], initializers))
    save(model, file)


def needed(graph, outputs: list[str]) -> list[onnx.NodeProto]:
    """Copies of the nodes that these outputs live on, in order."""
    found, wanted = [], set(outputs)
    for node in reversed(graph.node):
        if wanted & set(node.output):
            found.append(deepcopy(node))
            wanted |= set(node.input)
    return found[::-1]


def for_one(graph, constants: dict, batch: str) -> dict[str, np.ndarray]:
    """The constants that know the batch's size, as they are for one sample: the batch itself, and the shapes that follow from it."""
    size = len(constants[batch])
    shapes = {node.input[1]: constants[node.input[1]] for node in graph.node if node.op_type == "Reshape"}
    followed = {name: np.array([shape[0] // size, *shape[1:]]) for name, shape in shapes.items() if shape[0] % size == 0}
    return {batch: constants[batch][:1], **followed}


def alone(nodes: list, single: dict, output: str) -> list[onnx.NodeProto]:
    """Under names of their own: a name may stand for one value only, in the graph and in its branches together."""
    made = {name for node in nodes for name in node.output} - {output}
    for node in nodes:
        node.name += "/alone"
        node.input[:] = [f"{name}/alone" if name in made or name in single else name for name in node.input]
        node.output[:] = [f"{name}/alone" if name in made else name for name in node.output]
    return nodes


def branch(nodes: list, why: list[str], outputs: dict) -> onnx.GraphProto:
    for node in nodes:
        node.output[:] = [f"{name}/{node.op_type}" if name in why else name for name in node.output]
    results = {name.rpartition("/")[0]: name for node in nodes for name in node.output if name.rpartition("/")[0] in why}
    infos = [deepcopy(outputs[name]) for name in why]
    for info in infos:
        info.name = results[info.name]
    return helper.make_graph(nodes, "branch", [], infos)


def nothing(why: list[str], outputs: dict) -> list[onnx.NodeProto]:
    shapes = {name: [d.dim_value for d in outputs[name].type.tensor_type.shape.dim] for name in why}
    return [helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.zeros(shape, np.float32))) for name, shape in shapes.items()]


def asked(probabilities: str, good: int, labels: int) -> list[onnx.NodeProto]:
    """1 - p(good) >= explain. The sum of the others, since 1 - p loses the last digits."""
    others = np.ones((labels, 1), np.float32)
    others[good] = 0
    constant = lambda name, value: helper.make_node("Constant", [], [name], name, value=numpy_helper.from_array(value))
    return [
        constant("explain/others", others),
        constant("explain/flat", np.array([1], np.int64)),
        helper.make_node("MatMul", [probabilities, "explain/others"], ["explain/faulty"], "explain/faulty"),
        helper.make_node("Reshape", ["explain/faulty", "explain/flat"], ["explain/score"], "explain/score"),
        helper.make_node("GreaterOrEqual", ["explain/score", "explain"], ["explain/asked"], "explain/asked"),
    ]
