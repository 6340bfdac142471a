"""Self-attention over the rows of a window, and which tags speak for a fault."""

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F

from .block import Block


class TagAttention(nn.Module):
    """Raw rows -> which fault, and which tags say so. Each row is a token."""

    def __init__(self, steps: int, usual, spread, labels: int, d: int = 32):
        super().__init__()
        channels = len(usual)
        self.register_buffer("usual", torch.from_numpy(usual))
        self.register_buffer("spread", torch.from_numpy(spread))
        # Row 0 keeps all tags, row i leaves tag i - 1 out.
        self.register_buffer("without", (1 - torch.cat([torch.zeros(1, channels), torch.eye(channels)]))[:, None])
        self.inward, self.places = nn.Linear(channels, d), nn.Parameter(torch.randn(steps, d) * 0.02)
        self.blocks = nn.Sequential(Block(d, 4, 64, 0.05), Block(d, 4, 64, 0.05))
        self.norm, self.heed, self.out = nn.LayerNorm(d), nn.Linear(d, 1), nn.Linear(d, labels)

    def logits(self, z):
        x = self.norm(self.blocks(self.inward(torch.sign(z) * torch.log1p(z.abs())) + self.places))
        return self.out((x * self.heed(x).softmax(1)).sum(1))

    def forward(self, window):
        # A tag's share is what the odds of a fault lose when it shows nothing unusual; logits, since two tags may each suffice.
        logits = self.logits((window - self.usual) / self.spread * self.without)
        odds = torch.logsumexp(logits[:, 1:], 1) - logits[:, 0]
        return logits[:1].softmax(1), F.relu(odds[0] - odds[1:])[None]


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
