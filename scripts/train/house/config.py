"""A model's config, and the folders of a run."""

import hashlib
import importlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HOUSE = Path(__file__).resolve().parents[1]
ROOT = HOUSE.parents[1]
CONFIGS = HOUSE / "configs"


@dataclass(frozen=True)
class Config:
    """configs/<name>.yaml. What a recipe reads from `data`, `network` and `schedule` is its own affair."""

    name: str
    recipe: str            # house/recipes/<recipe>.py
    seed: int
    manifest: dict         # what the package's manifest says as it stands: version, kind, summary, inputs, labels, decode, provenance ...
    data: dict = field(default_factory=dict)
    network: dict = field(default_factory=dict)
    schedule: dict = field(default_factory=dict)
    quantization: dict = field(default_factory=dict)
    card: dict = field(default_factory=dict)
    variants: tuple = ("fp32", "int8-u8s8")
    budget: str = ""       # what training may cost, in words
    subset: bool = False   # a quick run, not one for figures
    script: str = ""       # of scripts/train; where it is not configs/<name>.yaml

    @property
    def recipe_class(self):
        return importlib.import_module(f"house.recipes.{self.recipe}").RECIPE

    @property
    def key(self) -> str:
        """Names the work folder: what changes the trained weights changes it, what only changes words does not."""
        what = [self.recipe, self.seed, self.data, self.network, self.schedule, self.subset]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:8]


def load(name: str, subset: bool = False) -> Config:
    """With `subset`, the file's `subset` entries replace those of the same place above them."""
    return Config(**values_of(name, subset), subset=subset)


def labelled(folder: Path, name: str, version: str, good: str, subset: bool = False) -> Config:
    """The generic config on somebody's pictures."""
    from house.data.labelled_folder import folder_in  # torch takes seconds to load

    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        raise SystemExit(f"a package cannot be named {name}: say --name, in small letters, digits, dots and dashes")
    found = folder_in(folder.resolve(), good)
    print(f"{folder}: {found.words}" + (f"; not counted: {found.repeated} that show what another one shows" if found.repeated else ""), flush=True)
    values = merged(values_of("generic/labelled-folder", subset), {"name": name})
    size = values["data"]["size"]
    values["data"] |= {"folder": str(found.folder), "good": good, "pictures": found.digest, "channels": found.channels}
    summary = f"Tells good parts from bad ones ({', '.join(found.kinds)}), and shows where."
    image = {"width": size, "height": size, "channels": found.channels, "resize": "bilinear"}
    values["manifest"] = {"version": version, "summary": summary, "inputs": {"image": image}, "labels": ["good", *found.kinds], "good": "good",
                          **values["manifest"]}
    values["manifest"]["provenance"] = {
        "data": {"name": found.folder.name, "split": found.words, "licence": "of whoever took the pictures"},
        **values["manifest"]["provenance"],
    }
    values["card"] = {"again": f"python -m house run --folder FOLDER --name {name}"}
    return Config(**values, subset=subset)


def values_of(name: str, subset: bool) -> dict:
    values = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    small = values.pop("subset", {})
    if subset:
        values = merged(values, small)
    return values


def merged(base: dict, over: dict) -> dict:
    return base | {k: merged(base[k], v) if isinstance(v, dict) and isinstance(base.get(k), dict) else v for k, v in over.items()}


class Place:
    """Where a run reads and writes. Nothing but `package` writes outside the work folder."""

    def __init__(self, config: Config, data: Path | None, work: Path, models: Path):
        self.root = data and Path(data).resolve()
        self.models = Path(models).resolve()
        self.work = Path(work).resolve() / config.name / config.key
        self.cache = Path(work).resolve() / "cache"   # shared by models: pictures as the agent prepares them, features
        self.draft = self.work / config.name           # the package as it will be
        for folder in (self.draft, self.cache):
            folder.mkdir(parents=True, exist_ok=True)

    def data(self, folder: str) -> Path:
        if self.root is None:
            raise SystemExit("say where the data are: --data FOLDER or LINESIDE_DATA")
        if not (self.root / folder).is_dir():
            raise SystemExit(f"{self.root / folder} is missing: --data names the folder that holds {folder}/")
        return self.root / folder

    def remember(self, name: str, values: dict) -> None:
        """For a later stage."""
        (self.work / f"{name}.json").write_text(json.dumps(values, indent=1))

    def recall(self, name: str) -> dict | None:
        file = self.work / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else None
