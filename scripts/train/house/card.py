"""The model card: README.md in the package, made from the manifest and from what the evaluation saw.

Pictures of the worst mistakes go into the card only where the data's licence lets them be shown (`card: {pictures: true}` in the config);
they are always written to the work folder.
"""

from pathlib import Path

import cv2
import numpy as np
import yaml

from house.config import Place
from house.recipe import Evidence, Recipe
from house.session import Session


def write(recipe: Recipe, place: Place) -> None:
    manifest = yaml.safe_load((place.draft / "manifest.yaml").read_text())
    shown = next((name for name in manifest["variants"] if name != "fp32"), "fp32")
    evidence = recipe.evidence(Session(place.draft / manifest["variants"][shown]["file"]))
    parts = [head(manifest), figures(manifest)]
    if evidence:
        parts += [confusion(evidence, manifest["labels"], shown), curve(evidence, place.draft, shown)]
        parts += [worst(recipe, evidence, place)]
    (place.draft / "README.md").write_text("\n\n".join([part for part in parts if part] + [about(recipe, manifest)]) + "\n")


def head(manifest: dict) -> str:
    return f"# {manifest['name']} {manifest['version']}\n\n{manifest['summary']} Kind: {manifest['kind']}."


def figures(manifest: dict) -> str:
    names = list(next(iter(manifest["variants"].values()))["figures"])
    nothing = manifest["provenance"].get("baseline") or {"name": "", "figures": {}}
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    for name, variant in manifest["variants"].items():
        lines.append(f"| {name} | " + " | ".join(number(variant["figures"].get(figure)) for figure in names) + " |")
    if nothing["figures"]:
        lines.append(f"| {nothing['name']} | " + " | ".join(number(nothing["figures"].get(figure)) for figure in names) + " |")
    split = manifest["provenance"].get("data", {})
    return f"## Figures\n\nOn {split.get('name', '')}: {split.get('split', '')}. In brackets: 95 % interval.\n\n" + "\n".join(lines)


def number(figure) -> str:
    if isinstance(figure, dict):
        return f"{figure['value']:.4g} [{figure['low']:.3g}, {figure['high']:.3g}]" if "low" in figure else f"{figure['value']:.4g}"
    return "" if figure is None else f"{figure:.4g}"


def confusion(evidence: Evidence, labels: list[str], shown: str) -> str:
    counts = np.zeros((len(labels), len(labels)), int)
    np.add.at(counts, (evidence.truth, evidence.guess), 1)
    lines = ["| is \\ said | " + " | ".join(labels) + " |", "|---|" + "--:|" * len(labels)]
    lines += [f"| {label} | " + " | ".join(map(str, row)) + " |" for label, row in zip(labels, counts)]
    return f"## Confusion ({shown})\n\n" + "\n".join(lines)


def curve(evidence: Evidence, draft: Path, shown: str) -> str:
    """Share of faulty parts caught over share of good ones called faulty, at every threshold."""
    faulty = evidence.faulty
    if faulty is None or faulty.all() or not faulty.any():
        return ""
    order = np.argsort(-evidence.score, kind="stable")
    caught, alarms = np.cumsum(faulty[order]) / faulty.sum(), np.cumsum(~faulty[order]) / (~faulty).sum()
    points = " ".join(f"{40 + 240 * x:.1f},{260 - 240 * y:.1f}" for x, y in zip([0, *alarms], [0, *caught]))
    (draft / "curve.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" font-family="sans-serif" font-size="11">'
        '<rect width="300" height="300" fill="#fff"/><path d="M40 20V260H280M40 260 280 20" fill="none" stroke="#999"/>'
        f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="2"/>'
        '<text x="160" y="285" text-anchor="middle">good parts called faulty</text>'
        '<text x="20" y="140" text-anchor="middle" transform="rotate(-90 20 140)">faulty parts caught</text></svg>\n')
    return f"## Curve ({shown})\n\n![Faulty parts caught over good parts called faulty](curve.svg)"


def worst(recipe: Recipe, evidence: Evidence, place: Place, most: int = 12) -> str:
    """The surest mistakes, side by side, and what they were taken for."""
    wrong = np.flatnonzero(evidence.truth != evidence.guess)
    wrong = wrong[np.argsort(-evidence.sure[wrong])][:most]
    if not len(wrong):
        return "## Worst pictures\n\nNone was called by a wrong label."
    cells = [cv2.copyMakeBorder(cv2.resize(evidence.images[i], (160, 160)), 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=255) for i in wrong]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % 6)
    sheet = np.vstack([np.hstack(cells[i : i + 6]) for i in range(0, len(cells), 6)])
    labels = recipe.config.manifest["labels"]
    words = [f"{n + 1}. {labels[evidence.truth[i]]}, called {labels[evidence.guess[i]]} ({evidence.sure[i]:.2f})" for n, i in enumerate(wrong)]
    cv2.imwrite(str(place.work / "worst.png"), sheet if sheet.ndim == 2 else sheet[..., ::-1])
    if not recipe.config.card.get("pictures"):
        return "## Worst pictures\n\nThe data's licence does not let them be shown here; `house evaluate` draws them to worst.png in its work folder.\n\n" + "\n".join(words)
    cv2.imwrite(str(place.draft / "worst.png"), sheet if sheet.ndim == 2 else sheet[..., ::-1])
    return "## Worst pictures\n\n![The surest mistakes](worst.png)\n\n" + "\n".join(words)


def about(recipe: Recipe, manifest: dict) -> str:
    made = manifest["provenance"]
    data, pretrained = made.get("data", {}), made.get("pretrained")
    lines = [f"- Data: {data.get('name', '')}; licence: {data.get('licence', '')}."]
    if pretrained:
        lines.append(f"- Pretrained: {pretrained['name']}, {pretrained['source']}; licence: {pretrained['licence']}.")
    lines.append(f"- Cost: {made['cost']}. Seed {made.get('seed')}.")
    for name, variant in manifest["variants"].items():
        how = variant["quantization"]
        if how and how.get("float_layers"):
            lines.append(f"- {name} leaves in float: {', '.join(how['float_layers'])}: {how.get('why', '')}.")
    notes = f"\n\n## Known to be weak\n\n{made['notes']}" if made.get("notes") else ""
    name = manifest["name"]
    return ("## How it was made\n\n" + "\n".join(lines) + notes + "\n\n## Do it again\n\n```\n"
            f"cd scripts/train && {recipe.config.card.get('again', f'python -m house run {name} --data DATA')}\nnpx lineside models verify {name}\n"
            + (f"npx lineside models evaluate {name} --data DATA\n" if manifest.get("evaluation") else "") + "```")
