"""Boxes without anchors: every cell at stride 8 says how far its box reaches and what it holds; the whole picture says its class."""

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.ops import box_iou, generalized_box_iou_loss

from house.networks.backbone import Backbone
from house.networks.tuning import FineTuning

STRIDE = 8


def block(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False), nn.BatchNorm2d(width), nn.ReLU6(),
                         nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6())


class Head(nn.Module):
    def __init__(self, channels, classes: int, width: int):
        super().__init__()
        self.inward = nn.ModuleList(nn.Sequential(nn.Conv2d(c, width, 1, bias=False), nn.BatchNorm2d(width)) for c in channels)
        self.shared = block(width)
        self.what, self.reach = block(width), block(width)
        self.classes, self.sides = nn.Conv2d(width, classes, 1), nn.Conv2d(width, 4, 1)
        self.drop = nn.Dropout(0.2)
        self.part = nn.Linear(channels[-1] + 2 * width, classes)
        nn.init.constant_(self.classes.bias, -4.0)  # nearly every cell is empty

    def forward(self, levels):
        summed = self.inward[0](levels[0])
        for scale, inward, level in zip((2, 4), self.inward[1:], levels[1:]):
            summed = summed + F.interpolate(inward(level), scale_factor=scale, mode="nearest")
        x = self.shared(F.relu6(summed))
        what, reach = self.what(x), self.reach(x)
        pooled = torch.cat([levels[-1].mean((2, 3)), what.mean((2, 3)), what.amax((2, 3))], 1)
        return self.classes(what).flatten(2).transpose(1, 2), self.sides(reach).flatten(2).transpose(1, 2), self.part(self.drop(pooled))


class Detector(nn.Module):
    """uint8 image -> boxes [n, cells, 4] in 0..1, scores [n, cells, classes], probabilities [n, classes] of the whole picture."""

    def __init__(self, size: int, classes: int, frozen: int, width: int, trust: float = 1.0):
        super().__init__()
        self.backbone = Backbone(size, size, 1)
        self.backbone.unfreeze(frozen)
        self.head, self.trust = Head(self.backbone.channels, classes, width), trust
        cells = size // STRIDE
        along = (torch.arange(cells) + 0.5) / cells
        centres = torch.stack([along.repeat(cells), along.repeat_interleave(cells)], 1)
        self.register_buffer("centres", centres, persistent=False)

    def raw(self, image):
        """Logits of the cells, their boxes, logits of the picture."""
        classes, sides, part = self.head(self.backbone(image))
        away = torch.exp((sides - 2).clamp(-6, 1))  # left, top, right, bottom, in sides of the picture
        return classes, torch.cat([self.centres - away[..., :2], self.centres + away[..., 2:]], 2), part

    def forward(self, image):
        classes, boxes, part = self.raw(image)
        probabilities = part.softmax(1)
        # A strip shows one kind of defect, as a rule: what the whole picture says weighs in every cell.
        return boxes.clamp(0, 1), classes.sigmoid() * probabilities[:, None] ** self.trust, probabilities


class DetectorTraining(FineTuning):
    """Cells are chosen by how well they do at both tasks, and learn to score what their box is worth (task alignment)."""

    def __init__(self, net: Detector, rates: tuple[float, float], boxes: float = 2.0, picture: float = 0.5):
        super().__init__(net, rates)
        self.boxes, self.picture = boxes, picture

    def training_step(self, batch, _):
        image, found, truth = batch
        classes, boxes, part = self.net.raw(image)
        worth = torch.zeros_like(classes)
        overlap = []
        for i, things in enumerate(found):
            things = things[things[:, 0] >= 0]
            if len(things):
                cells, owner, value = assign(classes[i].detach().sigmoid(), boxes[i].detach(), self.net.centres, things)
                worth[i, cells, things[owner, 0].long()] = value
                overlap.append((generalized_box_iou_loss(boxes[i, cells], things[owner, 1:]) * value).sum())
        total = worth.sum().clamp(min=1)
        # Cells that promise what they do not hold weigh by how much they promise.
        weight = torch.where(worth > 0, worth.clamp(min=0.1), classes.detach().sigmoid() ** 2 * 0.75)
        what = (F.binary_cross_entropy_with_logits(classes, worth, reduction="none") * weight).sum() / total
        where = torch.stack(overlap).sum() / total if overlap else boxes.sum() * 0
        whole = F.cross_entropy(part, truth, label_smoothing=0.05)
        self.log_dict({"what": what, "where": where, "whole": whole}, prog_bar=True)
        return what + self.boxes * where + self.picture * whole


def assign(scores, boxes, centres, things, most: int = 10):
    """Cells of each thing: those inside it whose score and box fit best. Returns cells, the thing of each, and what it is worth (0..1)."""
    labels, corners = things[:, 0].long(), things[:, 1:]
    away = torch.cat([centres[None] - corners[:, None, :2], corners[:, None, 2:] - centres[None]], 2).amin(2)
    away = away.scatter(1, away.argmax(1, keepdim=True), 1.0)  # the smallest thing has its nearest cell
    overlap = box_iou(corners, boxes).clamp(min=1e-4)
    fit = torch.where(away > 0, scores[:, labels].T.clamp(min=1e-4).sqrt() * overlap**6, 0)
    best = torch.zeros_like(fit, dtype=torch.bool).scatter(1, fit.topk(min(most, fit.shape[1]), 1).indices, True) & (away > 0)
    # Two things never share a cell: it goes to the one that it covers better.
    owner = torch.where(best, overlap, 0).argmax(0)
    cells = best.any(0).nonzero()[:, 0]
    owner = owner[cells]
    fit, overlap = fit * best, overlap * best
    value = fit[owner, cells] / fit.amax(1)[owner].clamp(min=1e-30) * overlap.amax(1)[owner]
    return cells, owner, value
