"""One label for a region, from the first five blocks of the backbone: what a screw looks like needs no more."""

import torch
from torch import nn
from torch.nn import functional as F

from house.networks.backbone import Backbone
from house.networks.tuning import FineTuning


class Presence(nn.Module):
    """uint8 image -> probabilities."""

    def __init__(self, height: int, width: int, classes: int, frozen: int):
        super().__init__()
        self.backbone = Backbone(height, width, 3, levels=2)
        self.backbone.unfreeze(frozen)
        channels = self.backbone.channels[-1]
        self.drop = nn.Dropout(0.2)
        self.part = nn.Linear(2 * channels, classes)

    def logits(self, image):
        deep = self.backbone(image)[-1]
        return self.part(self.drop(torch.cat([deep.mean((2, 3)), deep.amax((2, 3))], 1)))

    def forward(self, image):
        return self.logits(image).softmax(1)


class PresenceTraining(FineTuning):
    def training_step(self, batch, _):
        image, truth = batch
        loss = F.cross_entropy(self.net.logits(image), truth, label_smoothing=0.02)
        self.log("loss", loss, prog_bar=True)
        return loss
