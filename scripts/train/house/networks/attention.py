"""Self-attention over the rows of a window, and which tags and rows speak for a fault."""

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F

from .block import Block

# Rows that are left out together, for the question which of them speak.
STRETCH = 3


class TagAttention(nn.Module):
    """Raw rows -> which fault, and which tags and rows say so. Each row is a token."""

    def __init__(self, steps: int, usual, spread, labels: int, d: int = 32):
        super().__init__()
        channels = len(usual)
        self.register_buffer("usual", torch.from_numpy(usual))
        self.register_buffer("spread", torch.from_numpy(spread))
        # The first keeps all, the next leave one tag out each, the last some neighbouring rows each: a single one is missed by nobody.
        tags = (1 - torch.eye(channels))[:, None].expand(-1, steps, -1)
        rows = (1 - torch.eye(steps // STRETCH)).repeat_interleave(STRETCH, 1)[:, :, None].expand(-1, -1, channels)
        self.register_buffer("without", torch.cat([torch.ones(1, steps, channels), tags, rows]))
        self.inward, self.places = nn.Linear(channels, d), nn.Parameter(torch.randn(steps, d) * 0.02)
        self.blocks = nn.Sequential(Block(d, 4, 64, 0.05), Block(d, 4, 64, 0.05))
        self.norm, self.heed, self.out = nn.LayerNorm(d), nn.Linear(d, 1), nn.Linear(d, labels)

    def logits(self, z):
        x = self.norm(self.blocks(self.inward(torch.sign(z) * torch.log1p(z.abs())) + self.places))
        return self.out((x * self.heed(x).softmax(1)).sum(1))

    def forward(self, window):
        # A share is what the odds of a fault lose where the tag, or the row, shows nothing unusual; logits, since two may each suffice.
        logits = self.logits((window - self.usual) / self.spread * self.without)
        odds = torch.logsumexp(logits[:, 1:], 1) - logits[:, 0]
        channels, stretches = len(self.usual), len(self.places) // STRETCH
        tags, rows = F.relu(odds[0] - odds[1:]).split([channels, stretches])
        return logits[:1].softmax(1), tags[None], (rows / STRETCH)[:, None].expand(-1, STRETCH).reshape(1, -1)


class TagTraining(L.LightningModule):
    def __init__(self, net: TagAttention, rate: float):
        super().__init__()
        self.net, self.rate = net, rate

    def training_step(self, batch, _):
        window, truth = batch
        z = (window - self.net.usual) / self.net.spread
        # Now and then a tag shows nothing unusual, so that leaving one out is something the network knows.
        blind = (torch.rand(len(z), 1, z.shape[2]) > 0.08).float()
        loss = F.cross_entropy(self.net.logits(z * blind), truth, label_smoothing=0.005)
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), self.rate, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=self.trainer.estimated_stepping_batches)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
