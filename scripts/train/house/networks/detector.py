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
    """Cells near the middle of a thing learn to reach its sides and to score it by how well they do; all others learn to be silent.
    FCOS (Tian et al. 2019) at one stride, with the quality focal loss (Li et al. 2020) in place of a branch for centredness."""

    def __init__(self, net: Detector, rates: tuple[float, float], boxes: float = 2.0, picture: float = 0.5):
        super().__init__(net, rates)
        self.boxes, self.picture = boxes, picture

    def training_step(self, batch, _):
        image, found, truth = batch
        classes, boxes, part = self.net.raw(image)
        wanted, reach = torch.zeros_like(classes), []
        for i, things in enumerate(found):
            things = things[things[:, 0] >= 0]
            if len(things) == 0:
                continue
            cells, owner = assign(self.net.centres, things)
            mine = boxes[i, cells]
            wanted[i, cells, things[owner, 0].long()] = box_iou(mine.detach(), things[:, 1:])[torch.arange(len(cells)), owner]
            reach.append(generalized_box_iou_loss(mine, things[owner, 1:]))
        reach = torch.cat([*reach, boxes.sum()[None] * 0])  # the zero is for a batch without a thing
        count = max(1, len(reach) - 1)
        what = quality_focal_loss(classes, wanted) / count
        where = reach.sum() / count
        whole = F.cross_entropy(part, truth, label_smoothing=0.05)
        self.log_dict({"what": what, "where": where, "whole": whole}, prog_bar=True)
        return what + self.boxes * where + self.picture * whole


def quality_focal_loss(logits, wanted):
    """Sum over cells of the cross-entropy to `wanted` (the overlap of the cell's box with its thing, 0 where there is none), each weighted by
    the square of how far off the score is."""
    return ((logits.sigmoid() - wanted).detach().square() * F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")).sum()


def assign(centres, things, radius: float = 1.5):
    """Cells of each thing: those inside it and within `radius` cells of its middle; the smaller of two that claim a cell has it.
    Returns cells and the thing of each."""
    corners, pitch = things[:, 1:], 1 / len(centres) ** 0.5
    middles = (corners[:, :2] + corners[:, 2:]) / 2
    inside = torch.cat([centres[None] - corners[:, None, :2], corners[:, None, 2:] - centres[None]], 2).amin(2) > 0
    off = (centres[None] - middles[:, None]).abs().amax(2)
    claims = inside & (off < radius * pitch)
    claims = claims.scatter(1, off.argmin(1, keepdim=True), True)  # the thinnest thing has its nearest cell
    sides = corners[:, 2:] - corners[:, :2]
    area = (sides[:, 0] * sides[:, 1])[:, None].expand_as(off)
    cells = claims.any(0).nonzero()[:, 0]
    return cells, torch.where(claims, area, torch.inf)[:, cells].argmin(0)
