"""Whole picture and every place of it: a class for the part, and a class for each cell, on a fine-tuned backbone."""

import torch
from torch import nn
from torch.nn import functional as F

from house.networks.backbone import Backbone
from house.networks.tuning import FineTuning


class Head(nn.Module):
    """All scales summed at stride 8, a class for every cell of that map, and a class for the part."""

    def __init__(self, channels, classes: int, width: int = 64):
        super().__init__()
        self.inward = nn.ModuleList(nn.Sequential(nn.Conv2d(c, width, 1, bias=False), nn.BatchNorm2d(width)) for c in channels)
        self.blocks = nn.Sequential(*(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False), nn.BatchNorm2d(width), nn.ReLU6(),
                          nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6())
            for _ in range(2)))
        self.pixels = nn.Conv2d(width, classes, 1)
        self.drop = nn.Dropout(0.3)
        self.part = nn.Linear(2 * width + channels[-1] + classes, classes)

    def forward(self, levels):
        summed = self.inward[0](levels[0])
        for scale, inward, level in zip((2, 4), self.inward[1:], levels[1:]):
            summed = summed + F.interpolate(inward(level), scale_factor=scale, mode="nearest")
        x = self.blocks(F.relu6(summed))
        pixels = self.pixels(x)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3)), levels[-1].mean((2, 3)), pixels.amax((2, 3))], 1)
        return self.part(self.drop(pooled)), pixels


class Surface(nn.Module):
    """uint8 image -> probabilities of the part, and where it is not good (0..1 at stride 8)."""

    def __init__(self, size: int, classes: int, frozen: int, width: int = 64, colours: int = 1):
        super().__init__()
        self.backbone = Backbone(size, size, colours)
        self.backbone.unfreeze(frozen)
        self.head = Head(self.backbone.channels, classes, width)

    def logits(self, image):
        return self.head(self.backbone(image))

    def forward(self, image):
        part, pixels = self.logits(image)
        return part.softmax(1), 1 - pixels.softmax(1)[:, 0]


class SurfaceTraining(FineTuning):
    """Cross-entropy on the part and on its cells."""

    def __init__(self, net: Surface, rates: tuple[float, float], smoothing: float = 0.05, cells: float = 1.0):
        super().__init__(net, rates)
        self.smoothing, self.cells = smoothing, cells

    def training_step(self, batch, _):
        image, mask, truth = batch
        part, pixels = self.net.logits(image)
        share = F.adaptive_avg_pool2d(mask[:, None].float(), pixels.shape[2:])[:, 0] / 255
        target = torch.where(share > 0.3, truth[:, None, None], 0)
        # A cell is certain when it is mostly defect or free of it; between the two it teaches nothing.
        sure = ((share > 0.3) | (share < 0.05)).float()
        where = F.cross_entropy(pixels, target, reduction="none") * sure * torch.where(target > 0, 3.0, 1.0)
        whole = F.cross_entropy(part, truth, label_smoothing=self.smoothing)
        self.log_dict({"part": whole, "cells": where.mean()}, prog_bar=True)
        return whole + self.cells * where.mean()
