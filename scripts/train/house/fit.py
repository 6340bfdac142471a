"""Lightning, as every recipe wants it: CPU, resumable at the end of each epoch, the same numbers every time."""

from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger


def fit(module: L.LightningModule, data: L.LightningDataModule, work: Path, epochs: int, seed: int, callbacks=(), accelerator: str = "cpu",
        **more) -> L.LightningModule:
    """Trains, or goes on where an interrupted run ended; returns the module in eval mode, on the CPU. Losses: work/log/metrics.csv."""
    L.seed_everything(seed, verbose=False)
    done, last = work / "done.pt", work / "last.ckpt"
    if not done.exists():
        trainer = L.Trainer(
            accelerator=accelerator, devices=1, max_epochs=epochs, default_root_dir=work, logger=CSVLogger(work, "log", ""),
            callbacks=[ModelCheckpoint(work, "last", enable_version_counter=False), TQDMProgressBar(10), Seeds(seed), *callbacks],
            reload_dataloaders_every_n_epochs=1, enable_model_summary=False, log_every_n_steps=10, num_sanity_val_steps=0, **more,
        )
        trainer.fit(module, data, ckpt_path=last if last.exists() else None, weights_only=False)
        torch.save(module.state_dict(), done)
        last.unlink()
    module = module.cpu()
    module.load_state_dict(torch.load(done, map_location="cpu"))
    return module.eval()


class Seeds(L.Callback):
    """Draws anew at each epoch: a run that was interrupted goes on as if it had not been."""

    def __init__(self, seed: int):
        self.seed = seed

    def on_train_epoch_start(self, trainer, module):
        torch.manual_seed(self.seed * 1000 + trainer.current_epoch)


def loader(dataset, batch: int, weights=None, samples: int | None = None, seed: int = 0, epoch: int = 0) -> torch.utils.data.DataLoader:
    """Draws with `weights` (or shuffles) by seed and epoch alone. `dataset[i]` may be told the epoch through `dataset.epoch`."""
    order = torch.Generator().manual_seed(seed * 1000 + epoch)
    dataset.epoch = epoch
    count = samples or len(dataset)
    sampler = (torch.utils.data.WeightedRandomSampler(weights, count, generator=order) if weights is not None
               else torch.utils.data.RandomSampler(dataset, generator=order))
    return torch.utils.data.DataLoader(dataset, batch, sampler=sampler, drop_last=len(dataset) >= batch)
