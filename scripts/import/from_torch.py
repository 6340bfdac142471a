"""Exports the small CNN from PyTorch and from Lightning, and the attention encoder from PyTorch, each beside its own outputs.

    python scripts/import/from_torch.py FOLDER        needs torch, lightning, onnx
"""

import sys

import lightning
import numpy as np
import onnx
import torch
from networks import HEADS, HIDDEN, WIDTH, cnn_weights, encoder_weights, keep, pictures, windows
from torch import nn

# A batch of 2 as the sample: one of 1 is taken for a constant, and an encoder's batch stays at 1 without a word.
SAMPLE = 2
BATCH = ({0: torch.export.Dim("batch")},)


def tensor(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(values)))


class Cnn(nn.Module):
    """Floats 0..1, channels first, as torchvision trains; odds out, since the loss takes odds. Import puts the rest around it."""

    def __init__(self):
        super().__init__()
        weights = cnn_weights()
        first, second, out = weights["first"], weights["second"], weights["out"]
        self.layers = nn.Sequential(
            nn.Conv2d(first.shape[2], first.shape[3], 3, stride=2), nn.ReLU(), nn.Conv2d(second.shape[2], second.shape[3], 3, stride=2), nn.ReLU()
        )
        self.out = nn.Linear(*out.shape)
        for layer, name in ((self.layers[0], "first"), (self.layers[2], "second")):
            layer.weight, layer.bias = tensor(weights[name].transpose(3, 2, 0, 1)), tensor(weights[f"{name}_bias"])
        self.out.weight, self.out.bias = tensor(out.T), tensor(weights["out_bias"])

    def forward(self, x):
        return self.out(self.layers(x).mean((2, 3)))


class LitCnn(lightning.LightningModule):
    """The same with its preprocessing inside: bytes [batch, height, width, channels] in, probabilities out. How we would have it."""

    def __init__(self):
        super().__init__()
        self.network = Cnn()

    def forward(self, image):
        return self.network(image.permute(0, 3, 1, 2).float() / 255).softmax(1)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        weights = encoder_weights()
        self.inward, self.out = nn.Linear(*weights["inward"].shape), nn.Linear(*weights["out"].shape)
        self.block = nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True, norm_first=True)
        for layer, name in ((self.inward, "inward"), (self.out, "out"), (self.block.self_attn.out_proj, "mixed"),
                            (self.block.linear1, "wide"), (self.block.linear2, "narrow")):
            layer.weight, layer.bias = tensor(weights[name].T), tensor(weights[f"{name}_bias"])
        three = ("query", "key", "value")
        self.block.self_attn.in_proj_weight = tensor(np.concatenate([weights[name].T for name in three]))
        self.block.self_attn.in_proj_bias = tensor(np.concatenate([weights[f"{name}_bias"] for name in three]))

    def forward(self, window):
        return self.out(self.block(self.inward(window)).mean(1)).softmax(1)


def strip(file: str) -> None:
    """The exporter writes stack traces with the paths of the machine that exported; IR 10 is read everywhere."""
    model = onnx.load(file)
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for port in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        del port.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    model.ir_version = 10
    onnx.save(model, file)


def main(folder: str) -> None:
    x, seen = torch.from_numpy(pictures()), pictures()
    floats = x.permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        cnn = Cnn().eval()
        file = f"{folder}/pytorch-cnn.onnx"
        torch.onnx.export(cnn, (floats[:SAMPLE],), file, dynamo=True, external_data=False, input_names=["x"], output_names=["odds"], dynamic_shapes=BATCH)
        strip(file)
        keep(folder, "pytorch-cnn", image=seen, odds=cnn(floats).numpy())

        lit = LitCnn().eval()
        file = f"{folder}/lightning-cnn.onnx"
        lit.to_onnx(file, (x[:SAMPLE],), dynamo=True, external_data=False, input_names=["image"], output_names=["probabilities"], dynamic_shapes=BATCH)
        strip(file)
        keep(folder, "lightning-cnn", image=seen, probabilities=lit(x).numpy())

        encoder, rows = Encoder().eval(), torch.from_numpy(windows())
        file = f"{folder}/pytorch-encoder.onnx"
        torch.onnx.export(encoder, (rows[:SAMPLE],), file, dynamo=True, external_data=False, input_names=["window"], output_names=["probabilities"], dynamic_shapes=BATCH)
        strip(file)
        keep(folder, "pytorch-encoder", window=windows(), probabilities=encoder(rows).numpy())


if __name__ == "__main__":
    main(sys.argv[1])
