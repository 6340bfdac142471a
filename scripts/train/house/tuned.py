"""What recipes on the pretrained backbone share: a rehearsal that leaves out one more fold, and the network that ships.

Thresholds and choices come from the rehearsal, on the fold that it has not seen; the shipped network has seen all but the test fold.
"""

from pathlib import Path

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging
from tqdm import tqdm

from house.fit import fit
from house.graph import export
from house.networks.backbone import Backbone, Early
from house.networks.quantized import QuantizationAware
from house.quantize import quantize
from house.recipe import Recipe
from house.session import Session


class Tuned(Recipe):
    outputs: list[str]
    # Where it learns: what is shipped learns on a CPU, for the same numbers every time.
    accelerator = "cpu"

    def data(self, hold=(0,)) -> L.LightningDataModule:
        raise NotImplementedError

    def module(self) -> L.LightningModule:
        raise NotImplementedError

    @property
    def labels(self) -> list[str]:
        return self.config.manifest["labels"]

    def fitted(self, name: str) -> torch.nn.Module:
        schedule = self.config.schedule
        epochs = schedule["epochs" if name == "final" else "rehearsal"]
        data = self.data(self.config.data["hold" if name == "final" else "rehearse"])
        net = self.cycle(name, self.module(), data, epochs, self.config.seed)
        if name == "final" and (again := schedule.get("again")):
            # A second, gentler cycle, from where the first one ended and on other draws.
            module = self.module()
            module.net.load_state_dict(net.state_dict())
            module.rates = again["rates"]
            net = self.cycle("again", module, data, again["epochs"], self.config.seed + 1)
        return net

    def cycle(self, name: str, module: L.LightningModule, data: L.LightningDataModule, epochs: int, seed: int) -> torch.nn.Module:
        schedule = self.config.schedule
        # On a CPU the convolutions of wide, small maps are a third faster with the channels last.
        module = module.to(memory_format=torch.channels_last)
        if self.config.network["frozen"] >= 3 and not (self.place.work / name / "done.pt").exists():
            data.frozen = self.frozen(module.net.backbone, data)
        # From the middle on: before it the weights are still on their way, and what they were at first must not stay in.
        average = EMAWeightAveraging(decay=schedule["average"], update_starting_at_step=epochs * data.steps // 2)
        aware = QuantizationAware(epochs - schedule["aware"])
        return fit(module, data, self.place.work / name, epochs, seed, [aware, average], self.accelerator,
                   gradient_clip_val=5.0).net

    def frozen(self, backbone: Backbone, data) -> list[Session]:
        """What does not learn, as onnxruntime runs it: in fp32 and in int8."""
        files = [self.place.work / f"early.{name}.onnx" for name in ("fp32", "int8-u8s8")]
        batch = np.concatenate([sample["image"] for sample in self.samples()])
        batch = np.resize(batch, (len(batch) // data.batch * data.batch or data.batch, *batch.shape[1:]))
        blocks = self.config.network["frozen"]
        names = ["s8", "s16", "s32"][: {3: 1, 5: 2, 7: 3}[blocks]][: len(backbone.channels)]
        export(Early(backbone, blocks), (torch.from_numpy(batch[: data.batch]),), files[0], ["image"], names)
        quantize(*files, "int8-u8s8", [{"image": part} for part in np.split(batch, len(batch) // data.batch)], "")
        return [Session(file, torch.get_num_threads()) for file in files]

    def train(self) -> None:
        self.fitted("final")
        if self.config.schedule["rehearsal"]:
            self.fitted("rehearsal")

    def export(self, file: Path, name: str = "final") -> None:
        image = self.config.manifest["inputs"]["image"]
        sample = torch.zeros(1, image["height"], image["width"], image["channels"], dtype=torch.uint8)
        export(self.fitted(name), (sample,), file, ["image"], self.outputs)

    def samples(self) -> list[dict]:
        data = self.data(self.config.data["rehearse"])
        chosen = np.random.default_rng(4).choice(data.training, min(100, len(data.training)), replace=False)
        return [{"image": data.images[i][None]} for i in chosen]

    def rehearsed(self, variant: str = "int8-u8s8") -> Session:
        """The rehearsal's network as a file, quantized as the shipped one is."""
        source, target = (self.place.work / f"rehearsal.{name}.onnx" for name in ("fp32", variant))
        self.export(source, "rehearsal")
        if variant != "fp32":
            self.quantize(source, target, variant)
        return Session(target)

    def judge(self, session: Session, data, rows, output: str = "probabilities") -> np.ndarray:
        return np.concatenate([session(image=data.images[i][None])[output] for i in tqdm(rows, "judging")])
