"""Asks the agent's evaluator for the figures of a draft: the program that anybody can run on the shipped package."""

import json
import subprocess

from house.config import ROOT, Place
from house.recipe import Recipe


def through_agent(recipe: Recipe, place: Place) -> dict | None:
    """{variants: {variant: {figure: {value, low, high}}}, baseline}; None where the evaluator has no protocol for it."""
    main, protocol = ROOT / "dist" / "agent" / "main.js", recipe.config.manifest.get("evaluation")
    if protocol is None or recipe.config.subset or not main.exists():
        return None
    command = ["node", main, "models", "evaluate", recipe.config.name, "--variants", "--json", "--models", place.draft.parent, "--data", place.root]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        raise SystemExit(f"lineside models evaluate: {answer.stderr.strip()}")
    return figures_of(json.loads(answer.stdout))


def figures_of(answer: list[dict]) -> dict:
    """From [{package, variant, figures: {name: {int8, fp32, low, high, baseline}}}]: `low` and `high` are the variant's own."""
    variants, baseline = {}, {}
    for entry in answer:
        side = "fp32" if entry["variant"] == "fp32" else "int8"
        variants[entry["variant"]] = {k: {"value": f[side], "low": f["low"], "high": f["high"]} for k, f in entry["figures"].items()}
        baseline = {k: f["baseline"] for k, f in entry["figures"].items()}
    return {"variants": variants, "baseline": {"name": "learns nothing", "figures": baseline}}
