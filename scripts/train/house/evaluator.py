"""Asks the agent's evaluator for the figures of a draft: the program that anybody can run on the shipped package."""

import json
import subprocess

from house.config import ROOT, Place
from house.recipe import Recipe

MAIN = ROOT / "dist" / "agent" / "main.js"


def through_agent(recipe: Recipe, place: Place) -> dict | None:
    """{variants: {variant: {figure: {value, low, high}}}, baseline}; None where the manifest names no `evaluation`, or the run is no real one."""
    if recipe.config.manifest.get("evaluation") is None or recipe.config.subset:
        return None
    if not MAIN.exists():
        raise SystemExit("the agent's evaluator is not built: npm run build")
    command = ["node", MAIN, "models", "evaluate", recipe.config.name, "--variants", "--json", "--models", place.draft.parent]
    command += ["--data", place.root] if place.root else []
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        raise SystemExit(f"lineside models evaluate {recipe.config.name}: {answer.stderr.strip()}")
    return figures_of(json.loads(answer.stdout))


def figures_of(answer: list[dict]) -> dict:
    """From [{variant, baseline, figures: {name: {int8, fp32, low, high, baseline, p}}}]: `low` and `high` are the variant's own."""
    variants, baseline = {}, {}
    for entry in answer:
        own = "fp32" if entry["variant"] == "fp32" else "int8"
        variants[entry["variant"]] = {
            name: {"value": figure[own], **{key: figure[key] for key in ("low", "high", "p") if figure.get(key) is not None}}
            for name, figure in entry["figures"].items()
        }
        baseline = {"name": entry["baseline"], "figures": {name: figure["baseline"] for name, figure in entry["figures"].items()}}
    return {"variants": variants, "baseline": baseline}
