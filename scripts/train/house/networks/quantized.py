"""Quantization-aware training: the last epochs see what int8 will make of weights and activations."""

import lightning as L
import torch
from torch import nn


class Range(nn.Module):
    """Rounds what a layer reads to 256 steps between the smallest and largest value seen, as the runtime will."""

    def __init__(self):
        super().__init__()
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))
        self.on = False

    def forward(self, x):
        if not self.on:
            return x
        # Not by `training`: the backbone stays in eval, for its batch norms.
        if torch.is_grad_enabled():
            low, high = x.detach().min().clamp(max=0), x.detach().max()
            if self.high == self.low:
                self.low.copy_(low), self.high.copy_(high)
            # Widens at once and narrows slowly: min-max calibration keeps the widest.
            self.low.copy_(torch.minimum(self.low * 0.99, low)), self.high.copy_(torch.maximum(self.high * 0.99, high))
        scale = ((self.high - self.low) / 255).clamp(min=1e-8)
        zero = (-self.low / scale).round().clamp(0, 255).to(torch.int32)
        return torch.fake_quantize_per_tensor_affine(x, scale, zero, 0, 255)


class Convolution(nn.Conv2d):
    def forward(self, x):
        return self._conv_forward(self.reads(x), rounded(self.weight) if self.reads.on else self.weight, self.bias)


class Linear(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(self.reads(x), rounded(self.weight) if self.reads.on else self.weight, self.bias)


def attach(net: nn.Module) -> None:
    """Gives every convolution and linear layer a range for its input; weights are rounded as they are used."""
    for module in list(net.modules()):
        if type(module) in (nn.Conv2d, nn.Linear):
            module.__class__ = Convolution if type(module) is nn.Conv2d else Linear
            module.reads = Range()


def rounded(weight: torch.Tensor) -> torch.Tensor:
    """7 bits around zero, per output channel (reduce_range). A batch norm behind it is a factor per channel, which rounds alike."""
    scale = weight.detach().flatten(1).abs().amax(1).clamp(min=1e-8) / 63
    return torch.fake_quantize_per_channel_affine(weight, scale, torch.zeros_like(scale, dtype=torch.int32), 0, -63, 63)


def switch(net: nn.Module, on: bool) -> None:
    for module in net.modules():
        if isinstance(module, Range):
            module.on = on


class QuantizationAware(L.Callback):
    """Rounds from `epoch` on. The network must have been given ranges by `attach`."""

    def __init__(self, epoch: int):
        self.epoch = epoch

    def on_train_epoch_start(self, trainer, module):
        switch(module, trainer.current_epoch >= self.epoch)

    def on_train_end(self, trainer, module):
        switch(module, False)
