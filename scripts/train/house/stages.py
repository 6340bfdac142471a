"""The stages. Each takes what the one before left in the work folder and can be repeated alone."""

import re
import shutil
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import yaml

from house import card
from house.config import Place
from house.evaluator import through_agent
from house.package import variant, write_goldens, write_manifest
from house.recipe import Recipe
from house.session import Session


def train(recipe: Recipe, place: Place) -> None:
    with stopwatch(place):
        recipe.train()


def quantize(recipe: Recipe, place: Place) -> None:
    build(recipe, place, recipe.export, recipe.finish)


def requantize(recipe: Recipe, place: Place) -> None:
    """Takes the fp32 network that is shipped instead of one trained here, and keeps what its manifest says of the training."""
    shipped = place.models / recipe.config.name
    said = yaml.safe_load((shipped / "manifest.yaml").read_text())
    if type(recipe).complete is not Recipe.complete:
        raise SystemExit(f"{recipe.config.name}: its shipped fp32 file has been completed already; quantize it from a training run")
    kept = {"thresholds": said["thresholds"], "provenance": {"trained": said["provenance"]["trained"]}}
    build(recipe, place, lambda file: shutil.copyfile(file_of(shipped, "fp32"), file), lambda _: kept)
    if minutes := re.match(r"\d+", said["provenance"]["cost"]):
        place.remember("cost", {"minutes": int(minutes[0])})
    describe(recipe, place)


def build(recipe: Recipe, place: Place, export: Callable[[Path], object], finish: Callable[[Path], dict]) -> None:
    draft, notes = place.draft, {"fp32": None}
    for old in draft.glob("*.onnx"):
        old.unlink()
    fp32 = file_of(draft, "fp32")
    export(fp32)
    for name in recipe.config.variants:
        if name != "fp32":
            notes[name] = recipe.quantize(fp32, file_of(draft, name), name)
    for name in notes:
        recipe.complete(file_of(draft, name))
    write_goldens(draft, recipe.goldens(), list(notes))
    found = finish(draft)
    place.remember("quantized", {"variants": notes, "found": found})
    describe(recipe, place)


def evaluate(recipe: Recipe, place: Place) -> None:
    """By the agent's own evaluator where it knows the package's protocol, so that anybody can repeat it; else by the recipe."""
    figures = through_agent(recipe, place)
    if figures is None:
        measured = {name: recipe.figures(Session(file_of(place.draft, name))) for name in place.recall("quantized")["variants"]}
        figures = {"variants": measured, "baseline": recipe.baseline()}
    place.remember("figures", figures)
    describe(recipe, place)
    for name, values in figures["variants"].items():
        print(f"{name}:", ", ".join(f"{k} {card.number(v)}" for k, v in values.items()))


def package(recipe: Recipe, place: Place) -> None:
    if recipe.config.subset and place.models == Path(__file__).resolve().parents[3] / "models":
        raise SystemExit("a package of a subset is not for models/: say --models FOLDER")
    describe(recipe, place)
    if place.recall("figures"):  # here and not where they are measured: words of the config may have changed since
        card.write(recipe, place)
    shutil.copytree(place.draft, place.models / recipe.config.name, dirs_exist_ok=True)
    stale = {f.name for f in (place.models / recipe.config.name).glob("*.onnx")} - {f.name for f in place.draft.glob("*.onnx")}
    for name in stale:
        (place.models / recipe.config.name / name).unlink()


def describe(recipe: Recipe, place: Place) -> None:
    """The draft's manifest.yaml, from the config, from what quantizing found and, once measured, from the figures."""
    config, quantized, figures = recipe.config, place.recall("quantized"), place.recall("figures") or {"variants": {}, "baseline": {}}
    said = {**config.manifest, **quantized["found"]}
    provenance = config.manifest.get("provenance", {}) | quantized["found"].get("provenance", {})
    spent = place.recall("cost") or {"minutes": 0}
    write_manifest(place.draft, {
        "name": config.name, **said,
        "variants": {name: variant(place.draft, name, figures["variants"].get(name, {}), how) for name, how in quantized["variants"].items()},
        "provenance": {
            **provenance,
            **({"baseline": figures["baseline"]} if figures["baseline"] else {}),
            "script": f"scripts/train/{config.script or f'configs/{config.name}.yaml'}",
            "cost": f"{spent['minutes']:.0f} minutes of training" + (f" (budget: {config.budget})" if config.budget else ""),
            "seed": config.seed,
        },
    })


def file_of(draft: Path, name: str) -> Path:
    return draft / f"model.{name}.onnx"


@contextmanager
def stopwatch(place: Place):
    """Adds up over interruptions: what the manifest calls the cost is what it took in all."""
    before, started = (place.recall("cost") or {"minutes": 0})["minutes"], time.time()
    try:
        yield
    finally:
        place.remember("cost", {"minutes": before + (time.time() - started) / 60})
