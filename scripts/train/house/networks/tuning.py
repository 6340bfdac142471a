"""How a network on a pretrained backbone learns: slowly what is pretrained, fast what is new, one cycle up and down."""

import lightning as L
import torch


class FineTuning(L.LightningModule):
    """`net` has a `backbone`; what else it has is new."""

    def __init__(self, net: torch.nn.Module, rates: tuple[float, float], decay: float = 2e-2):
        super().__init__()
        self.net, self.rates, self.decay = net, rates, decay

    def configure_optimizers(self):
        pretrained = [p for p in self.net.backbone.parameters() if p.requires_grad]
        known = set(map(id, self.net.backbone.parameters()))
        new = [p for p in self.net.parameters() if id(p) not in known]
        groups = [{"params": part, "lr": rate} for part, rate in zip((pretrained, new), self.rates) if part]
        optimizer = torch.optim.AdamW(groups, weight_decay=self.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, [group["lr"] for group in groups], total_steps=self.trainer.estimated_stepping_batches, pct_start=0.2)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
