"""A class for every 8x8 pixels of a large picture, from scratch: for defects that would not survive being made smaller."""

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F


class Cells(nn.Module):
    """A class for every 8x8 pixels; of each defect the part has what its worst place has."""

    def __init__(self, classes: int):
        super().__init__()

        def conv(a, b, stride=1, kernel=3):
            return [nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU6()]

        # Few and dense: at this size every layer costs its own overhead, and int8 gains on whole convolutions, not on depthwise ones.
        self.net = nn.Sequential(*conv(1, 16, 4, 7), *conv(16, 32, 2), *conv(32, 32), *conv(32, 32), nn.Conv2d(32, classes - 1, 1))
        self.good = nn.Parameter(torch.zeros(1))

    def logits(self, image):
        places = self.net((image.float().permute(0, 3, 1, 2) - 127.0) * (1 / 128))
        return torch.cat([self.good.expand(len(image), 1), places.amax((2, 3))], 1), places

    def forward(self, image):
        part, places = self.logits(image)
        # The same odds for one place alone: its largest value is the part's own 1 - p(good), or a little less.
        anywhere = torch.sigmoid(torch.logsumexp(places, 1) - self.good)
        return part.softmax(1), anywhere


class CellsTraining(L.LightningModule):
    def __init__(self, net: Cells, rate: float):
        super().__init__()
        self.net, self.rate = net, rate

    def training_step(self, batch, _):
        views, cells = batch
        part, places = self.net.logits(views)
        every = torch.cat([self.net.good.expand(len(views), 1, *places.shape[2:]), places], 1)
        where = F.cross_entropy(every, cells, ignore_index=-1, reduction="none")
        # A defect is a handful of cells among thousands: both sides weigh the same.
        hit = cells > 0
        loss = where[hit].sum() / hit.sum().clamp(min=1) + where[~hit].sum() / (cells == 0).sum()
        loss = loss + F.cross_entropy(part, cells.amax((1, 2)).clamp(min=0))
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), self.rate, weight_decay=1e-2)
        steps = self.trainer.estimated_stepping_batches
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=steps, pct_start=0.2)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
