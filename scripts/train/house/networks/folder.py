"""How Surface learns from labels of whole pictures, and from boxes where there are some."""

import torch
from torch.nn import functional as F

from house.networks.surface import Surface
from house.networks.tuning import FineTuning


class FolderTraining(FineTuning):
    """Cross-entropy on the part, and on its cells as far as they are known: outside the mask all of them are good; inside, the one that looks
    most like the label decides."""

    def __init__(self, net: Surface, rates: tuple[float, float], smoothing: float = 0.05, cells: float = 0.5):
        super().__init__(net, rates)
        self.smoothing, self.cells = smoothing, cells

    def training_step(self, batch, _):
        image, mask, truth = batch
        part, pixels = self.net.logits(image)
        inside = F.adaptive_max_pool2d(mask[:, None].float(), pixels.shape[2:])[:, 0] > 0
        whole = F.cross_entropy(part, truth, label_smoothing=self.smoothing)
        good = F.cross_entropy(pixels, torch.zeros_like(inside, dtype=torch.long), reduction="none")
        outside = (good * ~inside).sum() / (~inside).sum().clamp(min=1)
        hidden = pixels.masked_fill(~inside[:, None], -30.0)
        top = torch.cat([pixels[:, :1].amin((2, 3)), hidden[:, 1:].amax((2, 3))], 1)
        bad = truth > 0
        best = F.cross_entropy(top[bad], truth[bad]) if bad.any() else top.sum() * 0
        self.log_dict({"part": whole, "outside": outside, "best": best}, prog_bar=True)
        return whole + self.cells * (outside + best)
