"""The reader's network: a small CNN that squeezes the strip to 64 columns, and self-attention over them. 0.9 M parameters."""

import math

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import get_ema_avg_fn

from house.codes.matrices import CHARACTERS
from house.codes.render import HEIGHT, WIDTH
from house.networks.muon import Muon

SILENT = -100  # a column that teaches nothing by itself
BLANK = 0  # class of "no character here"; character i is class i + 1
CLASSES = len(CHARACTERS) + 1
STEPS = WIDTH // 4


class Block(nn.Sequential):
    def __init__(self, inward: int, outward: int, kernel=3, stride=1, padding=1):
        super().__init__(nn.Conv2d(inward, outward, kernel, stride, padding, bias=False), nn.BatchNorm2d(outward), nn.ReLU6())


class Residual(nn.Module):
    """Adds to what it is given; starts as nothing."""

    def __init__(self, width: int):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        return F.relu6(x + self.norm(self.conv(x)))


class Attention(nn.Module):
    """Pre-norm self-attention and its feed-forward part. Written out, so that the exported graph is plain."""

    def __init__(self, width: int, heads: int, drop: float):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(drop)

    def split(self, x):
        return x.reshape(-1, STEPS, self.heads, x.shape[-1] // self.heads).transpose(1, 2)

    def forward(self, x):
        y = self.first(x)
        query, key, value = self.split(self.query(y)), self.split(self.key(y)), self.split(self.value(y))
        weights = (query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])).softmax(-1)
        mixed = (weights @ value).transpose(1, 2).reshape(-1, STEPS, x.shape[-1])
        x = x + self.drop(self.out(mixed))
        return x + self.drop(self.narrow(F.relu(self.wide(self.second(x)))))


class Reader(nn.Module):
    """uint8 [batch, HEIGHT, WIDTH, 1] -> logits [batch, STEPS, CLASSES]."""

    def __init__(self, width: int = 128, layers: int = 3, drop: float = 0.1):
        super().__init__()
        self.eyes = nn.Sequential(
            Block(1, 32, stride=2),
            Block(32, 48, stride=2),
            Block(48, 80),
            Residual(80),
            Block(80, 112, stride=(2, 1)),
            Residual(112),
            Block(112, width, kernel=(HEIGHT // 8, 3), padding=(0, 1)),
        )
        self.eyes.to(memory_format=torch.channels_last)  # a third faster to train on these processors
        self.place = nn.Parameter(torch.randn(STEPS, width) * 0.02)
        self.mind = nn.ModuleList(Attention(width, 4, drop) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.letters = nn.Linear(width, CLASSES)

    def forward(self, image):
        x = image.float().reshape(-1, 1, HEIGHT, WIDTH)
        # Each strip has its own light and contrast: its mean and spread go out before anything is quantized.
        x = x - x.mean((2, 3), keepdim=True)
        x = x / ((x * x).mean((2, 3), keepdim=True).sqrt() + 1)
        x = self.eyes(x.clamp(-4, 4))
        x = x.squeeze(2).transpose(1, 2) + self.place
        for layer in self.mind:
            x = layer(x)
        return self.letters(self.norm(x))


class Spoken(nn.Module):
    """What is exported: probabilities instead of logits."""

    def __init__(self, reader: Reader):
        super().__init__()
        self.reader = reader

    def forward(self, image):
        return self.reader(image).softmax(-1)


def greedy(probabilities) -> list[str]:
    """The best class of each column; repeats are one character, blanks are none."""
    codes = []
    for best in probabilities.argmax(-1):
        codes.append("".join(CHARACTERS[c - 1] for i, c in enumerate(best) if c != BLANK and (i == 0 or c != best[i - 1])))
    return codes


class ReaderTraining(L.LightningModule):
    def __init__(self, steps: int, fall: int, rate: float):
        super().__init__()
        self.save_hyperparameters()
        self.reader = Reader()
        self.automatic_optimization = False  # two optimizers, one step

    def forward(self, images):
        return self.reader(images)

    def training_step(self, batch, _):
        images, codes, lengths, columns = batch
        logits = self.reader(images)
        # Renderings know where each character stands. Told so, the reader learns in a fraction of the strips that CTC alone takes.
        placed = F.cross_entropy(logits.flatten(0, 1), columns.flatten(), ignore_index=SILENT)
        given = torch.full((len(lengths),), STEPS)
        loss = F.ctc_loss(logits.log_softmax(-1).transpose(0, 1), codes, given, lengths, BLANK, reduction="none", zero_infinity=True).div(lengths).mean()
        self.log("loss", loss, prog_bar=True)
        self.log("placed", placed, prog_bar=True)
        self.learn(loss + placed)

    def learn(self, loss):
        now = slope(self.trainer.global_step, self.hparams.steps, self.hparams.fall)
        muon, adam = self.optimizers()
        for optimizer in (muon, adam):
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = now * self.hparams.rate
        self.manual_backward(loss)
        muon.optimizer.step()  # not through Lightning, which would count two steps
        adam.step()

    def validation_step(self, batch, _):
        images, codes, lengths, _ = batch
        read = greedy(self.reader(images).numpy())
        wanted = ["".join(CHARACTERS[c - 1] for c in part) for part in codes.split(lengths.tolist())]
        self.log("exact", float(np.mean([a == b for a, b in zip(read, wanted)])), prog_bar=True, batch_size=len(read))

    def configure_optimizers(self):
        inner = {id(m.weight) for m in self.reader.modules() if isinstance(m, (nn.Conv2d, nn.Linear))}
        inner -= {id(self.reader.eyes[0][0].weight), id(self.reader.letters.weight)}  # what meets pixels and classes is not a mere matrix
        matrices = [p for p in self.parameters() if id(p) in inner]
        rest = [p for p in self.parameters() if id(p) not in inner]
        return [Muon(matrices, self.hparams.rate), torch.optim.AdamW(rest, self.hparams.rate, weight_decay=0.01)]


def slope(step: int, steps: int, fall: int, warm: int = 100) -> float:
    """Up in a straight line, level, and in the last `fall` steps down to nothing: a run can be made longer where it stood level."""
    return min((step + 1) / warm, 1.0, max(0.0, (steps - step) / fall))


class Averaged(WeightAveraging):
    """The weights' moving average is what is tested and kept."""

    def __init__(self):
        super().__init__(avg_fn=get_ema_avg_fn(0.99), use_buffers=True)

    def should_update(self, step_idx=None, epoch_idx=None):
        return step_idx is not None
