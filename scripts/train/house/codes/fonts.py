"""The glyphs of the typefaces (typefaces.py says which) as arrays: outlines for print and laser, dots for drops and needles."""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from house.codes import typefaces
from house.codes.matrices import CHARACTERS, DRAWN, HELD_OUT, design

CAP = 40  # height of a capital H in the glyphs below, pixels

SHARE = Path("/usr/share/fonts")
BITMAPS = SHARE / "X11"
HEAVY = 800  # no weight of a variable font above it: counters close at 12 pixels


@dataclass(frozen=True)
class Glyph:
    """Ink of one character, 0..255; `left` and `top` from the pen's place on the cap line, `advance` to the next pen."""
    ink: np.ndarray
    left: int
    top: int
    advance: float


Face = dict[str, Glyph]
Matrix = dict[str, np.ndarray]


def debian(groups: dict) -> list[list[Path]]:
    """The files of each Debian package that typefaces.py names."""
    found = {package: [next(SHARE.glob(name), None) for name in names.split()] for package, (_, names) in groups.items()}
    ask_for([package for package, files in found.items() if None in files])
    return list(found.values())


def dots(groups: dict) -> list[Path]:
    files = {package: [BITMAPS / f"{name}.pcf.gz" for name in names] for package, (_, names) in groups.items()}
    ask_for([package for package, part in files.items() if not all(file.exists() for file in part)])
    return [file for part in files.values() for file in part]


def ask_for(absent: list[str]) -> None:
    if absent:
        raise SystemExit(f"the fonts of {', '.join(absent)} are missing: apt-get install {' '.join(typefaces.DEBIAN)}")


def outline(file: str, weight: int | None = None) -> Face:
    """A face's glyphs with a capital H of CAP pixels."""
    def sized(size: float) -> ImageFont.FreeTypeFont:
        font = ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
        if weight is not None:
            font.set_variation_by_axes([weight if axis["name"] in (b"Weight", "Weight") else axis["default"] for axis in font.get_variation_axes()])
        return font

    left, top, right, bottom = sized(100).getbbox("H")
    font = sized(100 * CAP / (bottom - top))
    cap = font.getbbox("H")[1]
    face = {}
    for character in CHARACTERS:
        left, top, right, bottom = font.getbbox(character)
        image = Image.new("L", (max(1, right - left), max(1, bottom - top)))
        ImageDraw.Draw(image).text((-left, -top), character, 255, font)
        face[character] = Glyph(np.asarray(image), left, top - cap, font.getlength(character))
    return face


def installed(name: str) -> list[tuple[str, int | None]]:
    """A light, a middle and a bold face of one fontpkg package: of the variable font, or of its files."""
    spec = importlib.util.find_spec(f"fontpkg_{name.replace('-', '_')}")
    if spec is None or spec.origin is None:
        raise SystemExit(f"the font package fontpkg-{name} is missing: pip install -r scripts/train/requirements-fonts.txt")
    files = [file for file in sorted((Path(spec.origin).parent / "files").iterdir()) if "Italic" not in file.name and file.suffix in (".ttf", ".otf")]
    variable = next((file for file in files if "[" in file.name and "wght" in file.name), None)
    if variable:
        axis = next(a for a in ImageFont.truetype(str(variable), 40).get_variation_axes() if a["name"] in (b"Weight", "Weight"))
        low, high = max(axis["minimum"], 300), min(axis["maximum"], HEAVY)
        return [(str(variable), round(weight)) for weight in sorted({low, (low + high) / 2, high})]
    styles = [file for style in ("Light", "Regular", "Medium", "Bold") for file in files if file.stem.endswith(f"-{style}")] or files[:1]
    return [(str(file), None) for file in (styles if len(styles) < 4 else [styles[0], styles[1], styles[-1]])]


@lru_cache
def trained_faces() -> list[list[Face]]:
    """Family by family, each with its weights: families are drawn alike, however many weights they have."""
    families = [[outline(file, weight) for file, weight in installed(name)] for name in typefaces.TRAINED]
    return families + [[outline(str(file)) for file in files] for files in debian(typefaces.TRAINED_DEBIAN)]


@lru_cache
def held_out_faces(engraved: bool) -> dict[str, Face]:
    """By name, so that a figure can be told font by font. Lasers write the engravers' fonts as well as the printers'."""
    groups = {**typefaces.HELD_OUT_DEBIAN, **(typefaces.HELD_OUT_ENGRAVED if engraved else {})}
    return {file.stem: outline(str(file)) for files in debian(groups) for file in files}


def struck(file: Path) -> ImageFont.FreeTypeFont:
    """A bitmap font in the one size that it has."""
    for size in range(5, 41):
        try:
            return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            continue
    raise SystemExit(f"{file} has no size of 5 to 40 pixels")


def bitmap(file: Path) -> Matrix:
    """A bitmap font's characters as dots, all of the height between the cap line and the base line."""
    font, glyphs = struck(file), {}
    for c in CHARACTERS:
        left, top, right, bottom = font.getbbox(c, mode="1")
        dots = Image.new("1", (max(1, right - left), max(1, bottom - top)))
        ImageDraw.Draw(dots).text((-left, -top), c, 1, font)
        glyphs[c] = top, np.asarray(dots, np.uint8)
    rows = {c: top + np.flatnonzero(dots.any(1)) for c, (top, dots) in glyphs.items()}
    first, last = min(r[0] for r in rows.values()), max(r[-1] for r in rows.values())
    matrix = {}
    for c, (top, dots) in glyphs.items():
        columns = np.flatnonzero(dots.any(0))
        whole = np.zeros((last - first + 1, columns[-1] - columns[0] + 1), np.uint8)
        whole[rows[c][0] - first : rows[c][-1] - first + 1] = dots[rows[c][0] - top : rows[c][-1] - top + 1, columns[0] : columns[-1] + 1]
        matrix[c] = whole
    return matrix


def rastered(face: Face, height: int, fill: float) -> Matrix:
    """An outline set on a coarse grid: a dot where at least `fill` of its cell is ink."""
    cell = CAP / height
    matrix = {}
    for c, glyph in face.items():
        canvas = np.zeros((CAP, max(1, int(np.ceil(glyph.ink.shape[1] / cell))) * int(np.ceil(cell))), np.float32)
        top = max(0, min(CAP - 1, glyph.top))
        ink = glyph.ink[: CAP - top, : canvas.shape[1]] / 255
        canvas[top : top + len(ink), : ink.shape[1]] = ink
        columns = max(1, round(glyph.ink.shape[1] / cell))
        grid = np.asarray(Image.fromarray(canvas[:, : max(1, glyph.ink.shape[1])]).resize((columns, height), Image.Resampling.BOX))
        matrix[c] = (grid >= min(fill, grid.max() * 0.9)).astype(np.uint8)
    return matrix


@lru_cache
def trained_matrices(seed: int = 11) -> list[Matrix]:
    """Drawn 5x7 designs, bitmap fonts, and outlines on grids of 7 to 16 rows, a third each. Those that write 0 like O do not train."""
    rng = np.random.default_rng(seed)
    drawn = [design(DRAWN, rng) for _ in range(200)]
    bitmaps = [bitmap(file) for file in dots(typefaces.BITMAPS_TRAINED)] * 4
    families = trained_faces()
    grids = []
    for _ in range(200):
        family = families[rng.integers(len(families))]
        face = family[rng.integers(len(family))]
        grids.append(rastered(face, int(rng.choice([8, 9, 9, 10, 11, 12, 14, 16])), rng.uniform(0.3, 0.5)))
    return [m for m in drawn + bitmaps + grids if not np.array_equal(m["0"], m["O"])]


@lru_cache
def held_out_matrices() -> dict[str, Matrix]:
    fixed = {f"fixed-{file.name.split('.')[0]}": bitmap(file) for file in dots(typefaces.BITMAPS_HELD_OUT)}
    return {"drawn-5x7": design(HELD_OUT, np.random.default_rng(0))} | fixed
