"""An attention layer, for windows of rows and of patches alike."""

import math

from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Pre-norm attention, written out: the exporter bakes lengths into torch's own."""

    def __init__(self, d: int, heads: int, hidden: int, drop: float):
        super().__init__()
        self.heads, self.drop = heads, nn.Dropout(drop)
        self.before, self.between = nn.LayerNorm(d), nn.LayerNorm(d)
        self.inward, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.wide, self.narrow = nn.Linear(d, hidden), nn.Linear(hidden, d)

    def forward(self, x):
        n, length, d = x.shape
        ask, key, value = self.inward(self.before(x)).reshape(n, length, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = ask @ key.transpose(2, 3) / math.sqrt(d // self.heads)
        mixed = self.drop(weights.softmax(-1)) @ value
        x = x + self.drop(self.out(mixed.transpose(1, 2).reshape(n, length, d)))
        return x + self.drop(self.narrow(F.relu(self.wide(self.between(x)))))
