"""What a machine's tags should do next. One small network serves all machines; mean, spread, covariance and limit are the box's."""

import math

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F

from .block import Block

PATCH = 5  # rows


class Forecaster(nn.Module):
    """z [n, rows, tags] -> mean z expected of the PATCH rows behind each window of `patches` patches, [n * windows, tags]."""

    def __init__(self, channels: int, patches: int, d: int):
        super().__init__()
        self.patches = patches
        self.patch = nn.Conv1d(channels, d, PATCH)

    def forward(self, z, windows: int = 1):
        # A fault is many spreads away: the logarithm keeps it from drowning everything else.
        x = torch.sign(z) * torch.log1p(z.abs())
        # Windows overlap: each patch is embedded once, and each window takes those that are its own.
        embedded = self.patch(x.transpose(1, 2)).transpose(1, 2)
        starts = (torch.arange(windows)[:, None] + torch.arange(self.patches) * PATCH).reshape(-1)
        return self.read(embedded[:, starts].reshape(-1, self.patches, embedded.shape[-1]))


class Attention(Forecaster):
    def __init__(self, channels: int, patches: int, d: int = 32, heads: int = 4, hidden: int = 64, drop: float = 0.1):
        super().__init__(channels, patches, d)
        self.places = nn.Parameter(torch.randn(patches, d) * 0.02)
        self.blocks = nn.Sequential(Block(d, heads, hidden, drop), Block(d, heads, hidden, drop))
        self.norm, self.out = nn.LayerNorm(d), nn.Linear(d, channels)

    def read(self, patches):
        return self.out(self.norm(self.blocks(patches + self.places)).mean(1))


class Recurrent(Forecaster):
    """A gated recurrent unit, written out: onnxruntime has no int8 for its GRU operator, for its products it has."""

    def __init__(self, channels: int, patches: int, d: int = 32, hidden: int = 40, drop: float = 0.1):
        super().__init__(channels, patches, d)
        self.inward, self.back = nn.Linear(d, 3 * hidden), nn.Linear(hidden, 3 * hidden)
        self.drop, self.out = nn.Dropout(drop), nn.Linear(hidden, channels)

    def read(self, patches):
        given = self.inward(F.relu(patches))
        memory = torch.zeros_like(given[:, 0, : self.back.in_features])
        for step in range(self.patches):
            update, reset, new = given[:, step].chunk(3, 1)
            update_back, reset_back, new_back = self.back(memory).chunk(3, 1)
            keep = torch.sigmoid(update + update_back)
            fresh = torch.tanh(new + torch.sigmoid(reset + reset_back) * new_back)
            memory = fresh + keep * (memory - fresh)
        return self.out(self.drop(memory))


FORECASTERS = {"attention": Attention, "recurrent": Recurrent}


class Forecast(nn.Module):
    """Raw rows -> what came, minus what was expected, smoothed over `smooth` moments; and what each of the last rows adds to that."""

    def __init__(self, forecaster: Forecaster, counts, smooth: int):
        super().__init__()
        self.forecaster, self.smooth, self.past = forecaster, smooth, forecaster.patches * PATCH
        self.register_buffer("counts", torch.as_tensor(counts))
        # Not one by one and then averaged: moment j speaks of rows j to j + PATCH - 1, so that a row's weight is how many speak of it.
        spread = torch.zeros(PATCH + smooth - 1, smooth)
        for moment in range(smooth):
            spread[moment : moment + PATCH, moment] = 1 / (PATCH * smooth)
        self.register_buffer("spread", spread)
        self.register_buffer("weight", spread.sum(1, keepdim=True))

    @property
    def rows(self) -> int:
        return self.past + PATCH + self.smooth - 1

    def forward(self, window, mean, spread, scored):
        z = (window - mean) / spread
        expected = self.forecaster(z, self.smooth)
        # What is context by its nature is 0 here, and adds nothing to a distance; `scored` is the box's own say.
        steps = (z[:, self.past :] * self.weight - (self.spread @ expected)[None]) * (scored * self.counts)
        return steps.sum(1), steps


class ForecastTraining(L.LightningModule):
    """Learns normal rows, with faults in what it sees and none in what it must foretell: else it learns to follow a fault that lasts."""

    def __init__(self, net: Forecaster, counts, rate: float, faults: dict):
        super().__init__()
        self.net, self.rate, self.faults, self.past = net, rate, faults, net.patches * PATCH
        self.register_buffer("counts", torch.as_tensor(counts))

    def training_step(self, z, _):
        expected = self.net(self.disturbed(z[:, : self.past]))
        loss = (F.smooth_l1_loss(expected, z[:, self.past :].mean(1), reduction="none") * self.counts).sum(1).mean() / self.counts.sum()
        self.log("loss", loss, prog_bar=True)
        return loss

    def disturbed(self, past: torch.Tensor) -> torch.Tensor:
        """Slow tags sit anywhere within `drift` spreads; in `share` of windows each quick one leaves, from some row on, with chance `hit`."""
        n, length, channels = past.shape
        quick, chance = self.counts > 0, lambda *shape: torch.rand(*shape)
        drift = (chance(n, 1, channels) * 2 - 1) * self.faults["drift"] * (chance(n, 1, channels) < 0.7) * ~quick
        size = torch.exp(chance(n, 1, channels) * math.log(self.faults["largest"])) * torch.where(chance(n, 1, channels) < 0.5, -1.0, 1.0)
        hit = (chance(n, 1, channels) < self.faults["hit"]) * (chance(n, 1, 1) < self.faults["share"]) * quick
        onset = chance(n, 1, channels) * length
        return past + drift + size * hit * (torch.arange(length)[None, :, None] >= onset)

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.net.parameters(), self.rate, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
