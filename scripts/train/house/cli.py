"""python -m house <stage> <package ...> | --all | --folder FOLDER

Stages, each resumable and each taking what the one before left in the work folder:
  train      fit the network                                 -> work/<package>/<key>/
  quantize   export to ONNX, quantize, draw goldens          -> a draft package there
  evaluate   figures of every variant through onnxruntime    -> its manifest, figures.json
  package    write the model card, copy the draft          -> models/<package>
  run        all four
  requantize quantize, from the fp32 network in models/ instead of one trained here
"""

import argparse
import os
import time
from pathlib import Path

from house.config import CONFIGS, ROOT, Config, Place, labelled, load
from house.seeds import settle

STAGES = ("train", "quantize", "evaluate", "package")


def main(words: list[str] | None = None) -> None:
    arguments = parse(words)
    for config in configs(arguments):
        place = Place(config, arguments.data, arguments.work, arguments.models)
        run(config, place, STAGES if arguments.stage == "run" else (arguments.stage,), arguments.threads)


def configs(arguments: argparse.Namespace):
    if arguments.folder:
        name = arguments.name or arguments.folder.resolve().name.lower()
        yield labelled(arguments.folder, name, arguments.release, arguments.good, arguments.subset)
        return
    for name in sorted(file.stem for file in CONFIGS.glob("*.yaml")) if arguments.all else arguments.packages:
        yield load(name, arguments.subset)


def run(config: Config, place: Place, stages, threads: int) -> None:
    from house import stages as house_stages  # torch takes seconds to load; --help should not

    for stage in stages:
        started = time.time()
        settle(config.seed, threads)
        getattr(house_stages, stage)(config.recipe_class(config, place), place)
        print(f"{config.name}: {stage} took {(time.time() - started) / 60:.1f} min", flush=True)


def parse(words) -> argparse.Namespace:
    parser = argparse.ArgumentParser("house", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=(*STAGES, "run", "requantize"))
    parser.add_argument("packages", nargs="*", help="names of configs/<package>.yaml")
    parser.add_argument("--all", action="store_true", help="every package that has a config")
    parser.add_argument("--folder", type=Path, help="your own pictures: good/ and bad/, or bad/<kind>/, as `lineside export labels` writes them")
    parser.add_argument("--name", help="of the package that --folder makes (default: the folder's)")
    parser.add_argument("--good", default="good", help="name of the folder of good parts (default good)")
    parser.add_argument("--release", default="0.1.0", help="version of the package that --folder makes (default 0.1.0)")
    parser.add_argument("--subset", action="store_true", help="a small, quick run: what the config's `subset` says; for tests, not for figures")
    parser.add_argument("--data", type=Path, default=os.environ.get("LINESIDE_DATA"), help="folder of the data sets (default: $LINESIDE_DATA)")
    parser.add_argument("--work", type=Path, default=os.environ.get("LINESIDE_WORK", Path.home() / ".cache" / "lineside-train"),
                        help="checkpoints, caches, drafts (default: $LINESIDE_WORK, else ~/.cache/lineside-train)")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where `package` puts packages (default: models/)")
    parser.add_argument("--threads", type=int, default=2, help="threads for training (default 2)")
    arguments = parser.parse_args(words)
    if arguments.all + bool(arguments.packages) + bool(arguments.folder) != 1:
        parser.error("name packages, or say --all, or --folder with your own pictures")
    if unknown := [name for name in arguments.packages if not (CONFIGS / f"{name}.yaml").exists()]:
        parser.error(f"no config for {', '.join(unknown)} in {CONFIGS.relative_to(ROOT)}")
    return arguments
