"""code-reader: the code on a part, printed, laser-etched or in dots. Everything it learns from is drawn by house/codes."""

from pathlib import Path

import cv2
import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger

from house.codes import render
from house.codes.grammar import format_of
from house.data.rendered_codes import Rendered, drawn, tested
from house.figures import interval
from house.graph import export
from house.networks.reader import Averaged, Reader, ReaderTraining, Spoken, greedy
from house.quantize import between, quantize
from house.recipe import Recipe
from house.session import Session

SHEET = 40  # strips on one picture of the test set


class CodeReader(Recipe):
    def train(self) -> None:
        self.reader()

    def reader(self) -> Reader:
        """Trains, or goes on at the last checkpoint. A run is made longer by more `steps` in the config: it goes on where it stood."""
        schedule, seed, folder = self.config.schedule, self.config.seed, self.place.work / "final"
        done, last = folder / "done.pt", folder / "last.ckpt"
        module = ReaderTraining(schedule["steps"], schedule["fall"], schedule["rate"])
        if not done.exists():
            L.seed_everything(seed, verbose=False)
            trainer = L.Trainer(
                accelerator="cpu", devices=1, max_steps=schedule["steps"], default_root_dir=folder,
                val_check_interval=schedule["check"], check_val_every_n_epoch=None, num_sanity_val_steps=0, logger=CSVLogger(folder, "log", ""),
                enable_model_summary=False, log_every_n_steps=10,
                callbacks=[ModelCheckpoint(folder, save_last=True, save_top_k=0, every_n_train_steps=schedule["check"],
                                           enable_version_counter=False), Averaged(), TQDMProgressBar(25)])
            data = Rendered(seed, schedule["batch"], schedule["steps"], schedule["workers"])
            trainer.fit(module, data, ckpt_path=last if last.exists() else None, weights_only=False)
            torch.save(module.reader.state_dict(), done)
        module.reader.load_state_dict(torch.load(done))
        return module.reader.eval()

    def export(self, file: Path) -> None:
        strip = torch.zeros(1, render.HEIGHT, render.WIDTH, 1, dtype=torch.uint8)
        export(Spoken(self.reader()), (strip,), file, ["image"], ["probabilities"])

    def samples(self) -> list[dict]:
        rng = np.random.default_rng(self.config.seed + 1)
        return [{"image": drawn(rng).image[None, ..., None]} for _ in range(200)]

    def quantize(self, source: Path, target: Path, variant: str) -> dict:
        return quantize(source, target, variant, self.samples(), exclude=between(source), operators=["Conv", "Clip", "Gemm", "MatMul"], **self.config.quantization)

    def goldens(self) -> list[tuple[str, dict]]:
        rng = np.random.default_rng(self.config.seed + 2)
        return [(f"strip-{i}", {"image": drawn(rng).image[None, ..., None]}) for i in range(4)]

    def sets(self) -> dict:
        """Strips of each figure: the three ways of marking under usual conditions, and all three under hard ones."""
        count = self.config.data["tested"]
        usual = {style: tested(style, count) for style in render.STYLES}
        return {**usual, "hard": [strip for style in render.STYLES for strip in tested(style, count // 4, render.HARD)]}

    def finish(self, draft: Path) -> dict:
        """The test set goes with the package, so that anybody can check the figures: sheets of strips, and what stands on them."""
        folder = draft / "evaluation"
        folder.mkdir(exist_ok=True)
        lines = ["file,row,style,code,font,pattern,format"]
        for style, strips in self.sets().items():
            for start in range(0, len(strips), SHEET):
                part = strips[start : start + SHEET]
                name = f"{style}-{start // SHEET:02d}.jpg"
                cv2.imwrite(str(folder / name), np.vstack([s.image for s, _, _ in part]), [cv2.IMWRITE_JPEG_QUALITY, 88])
                lines += [f"{name},{row},{style},{strip.code},{font},{pattern},{format_of(pattern)}" for row, (strip, font, pattern) in enumerate(part)]
        (folder / "codes.csv").write_text("\n".join(lines) + "\n")
        return {}

    def figures(self, session: Session) -> dict:
        found = {}
        for style, strips in self.sets().items():
            read = [greedy(session(image=s.image[None, ..., None])["probabilities"])[0] for s, _, _ in strips]
            exact = np.array([text == s.code for text, (s, _, _) in zip(read, strips)])
            found[style] = interval(lambda rows: exact[rows].mean(), np.arange(len(exact)))
        return found

    def baseline(self) -> dict:
        return {"name": "the commonest code", "figures": {style: {"value": 0.0, "low": 0.0, "high": 0.0} for style in (*render.STYLES, "hard")}}


RECIPE = CodeReader
