"""
Which typefaces write the codes, who may use them, and their glyphs as arrays. Trained fonts come from PyPI packages (requirements.txt
pins them) and two of Debian's; the fonts of the test set, all from Debian, are never trained on, nor is a relative of theirs.
"""

import gzip
import importlib.util
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PcfFontFile

from house.codes.matrices import CHARACTERS, DRAWN, HELD_OUT, design

CAP = 40  # height of a capital H in the glyphs below, pixels

# PyPI package fontpkg-<name> -> weights of a variable font, or files. All SIL Open Font License 1.1, except Roboto (Apache-2.0 or OFL).
TRAINED = {
    "roboto": (300, 500, 800), "roboto-mono": (300, 500, 700), "roboto-condensed": (400, 700), "open-sans": (300, 500, 800),
    "source-code-pro": (300, 500, 800), "source-sans-3": (300, 600), "jetbrains-mono": (300, 500, 800), "fira-code": (400, 700),
    "oswald": (300, 500), "inconsolata": (300, 500, 800), "geist-mono": (300, 600), "overpass": (300, 600), "exo-2": (300, 600),
    "archivo-narrow": (400, 700), "roboto-slab": (300, 600), "work-sans": (300, 600), "dosis": (300, 500, 800), "ibm-plex-sans": (300, 600),
    "lato": ("Light", "Regular", "Black"), "barlow": ("Light", "Medium", "Bold"), "barlow-condensed": ("Light", "Medium", "Bold"),
    "ibm-plex-mono": ("Light", "Regular", "Bold"), "fira-sans-condensed": ("Light", "Medium", "Bold"), "space-mono": ("Regular", "Bold"),
    "dm-mono": ("Light", "Medium"), "rajdhani": ("Medium", "Bold"), "titillium-web": ("Light", "Regular", "Bold"),
    "saira-condensed": ("Light", "Medium", "Bold"), "share-tech": ("Regular",), "bebas-neue": ("Regular",), "pt-sans-narrow": ("Regular", "Bold"),
    "play": ("Regular", "Bold"), "abel": ("Regular",), "news-cycle": ("Regular", "Bold"), "varela-round": ("Regular",),
}
# OCR-A looks like nothing else and is common on parts: it has to be seen in training to be read.
TRAINED_DEBIAN = {"fonts-ocr-a": ["/usr/share/fonts/truetype/ocr-a/OCRA.ttf", "/usr/share/fonts/truetype/ocr-a/OCRABold.ttf"]}

HELD_OUT_DEBIAN = {
    "fonts-dejavu-core": ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
                          "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf"],
    "fonts-liberation2": ["/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
                          "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
                          "/usr/share/fonts/truetype/liberation2/LiberationMono-Regular.ttf"],
    "fonts-freefont-ttf": ["/usr/share/fonts/truetype/freefont/FreeSans.ttf", "/usr/share/fonts/truetype/freefont/FreeMonoBold.ttf"],
    "fonts-ocr-b": ["/usr/share/fonts/opentype/ocr-b/OCRB.otf"],
    "fonts-opendin": ["/usr/share/fonts/truetype/opendin/OSP-DIN.ttf"],
    "fonts-b612": ["/usr/share/fonts/opentype/b612/B612-Regular.otf", "/usr/share/fonts/opentype/b612/B612Mono-Bold.otf"],
}
# What lasers and engravers write: one stroke of even width.
HELD_OUT_ENGRAVED = {
    "fonts-osifont": ["/usr/share/fonts/truetype/osifont/osifont.ttf"],
    "fonts-routed-gothic": ["/usr/share/fonts/truetype/routed-gothic/routed-gothic.ttf",
                            "/usr/share/fonts/truetype/routed-gothic/routed-gothic-narrow.ttf"],
    "fonts-3270": ["/usr/share/fonts/truetype/3270/3270-Regular.ttf"],
}
LICENCES = {
    "fonts-ocr-a": "free for any use (Richard B. Wales, Tsukurimashou)", "fonts-dejavu-core": "Bitstream Vera, public domain changes",
    "fonts-liberation2": "OFL-1.1", "fonts-freefont-ttf": "GPL-3+ with font exception", "fonts-ocr-b": "public domain",
    "fonts-opendin": "OFL-1.1", "fonts-b612": "OFL-1.1", "fonts-osifont": "GPL/LGPL with font exception", "fonts-routed-gothic": "OFL-1.1",
    "fonts-3270": "BSD-3-Clause or OFL-1.1", "xfonts-base": "public domain and MIT", "xfonts-terminus": "OFL-1.1",
    "fonts-pc": "CC-BY-SA-4.0",
}

MISC = "/usr/share/fonts/X11/misc/"
BITMAPS_TRAINED = (
    [f"{MISC}ter-u{size}{weight}_unicode.pcf.gz" for size in (12, 14, 16, 18, 20, 22) for weight in "nb"]
    + [f"{MISC}cl{name}.pcf.gz" for name in ("R6x8", "R6x12", "R6x13", "R7x8", "R7x12", "R7x14", "R8x8", "R8x12", "R8x14", "B8x12", "B8x14")]
)
# X11's "fixed" in all its sizes from 5x7 dots on. The bold 7x14 is left out: its 0 and O are the same dots.
BITMAPS_HELD_OUT = [f"{MISC}{name}.pcf.gz" for name in ("6x10", "6x12", "6x13", "7x13", "7x14", "8x13", "9x15", "9x18", "10x20")]


@dataclass(frozen=True)
class Glyph:
    """Ink of one character, 0..255; `left` and `top` from the pen's place on the cap line, `advance` to the next pen."""
    ink: np.ndarray
    left: int
    top: int
    advance: float


Face = dict[str, Glyph]
Matrix = dict[str, np.ndarray]


def missing(files: list[str]) -> None:
    absent = sorted({file for file in files if not Path(file).exists()})
    if absent:
        packages = "fonts-ocr-a xfonts-base xfonts-terminus fonts-dejavu-core fonts-liberation2 fonts-freefont-ttf fonts-ocr-b " \
                   "fonts-opendin fonts-b612 fonts-osifont fonts-routed-gothic fonts-3270"
        raise SystemExit(f"{absent[0]} and {len(absent) - 1} more fonts are missing: apt-get install {packages}")


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


def installed(name: str, styles: tuple) -> list[tuple[str, int | None]]:
    """Files of one fontpkg package: the variable font at each weight, or each named style."""
    spec = importlib.util.find_spec(f"fontpkg_{name.replace('-', '_')}")
    if spec is None or spec.origin is None:
        raise SystemExit(f"the font package fontpkg-{name} is missing: pip install -r scripts/train/requirements.txt")
    files = [file for file in sorted((Path(spec.origin).parent / "files").iterdir()) if "Italic" not in file.name]
    if isinstance(styles[0], int):
        variable = next((file for file in files if "[" in file.name and "wght" in file.name), None)
        if variable is None:
            raise SystemExit(f"fontpkg-{name} holds no font of variable weight: {[file.name for file in files][:4]}")
        return [(str(variable), weight) for weight in styles]
    found = [file for style in styles for file in files if file.stem.endswith(f"-{style}")]
    if not found:
        raise SystemExit(f"fontpkg-{name} holds none of {styles}: {[file.name for file in files][:4]}")
    return [(str(file), None) for file in found]


@lru_cache
def trained_faces() -> list[Face]:
    files = [file for name, styles in TRAINED.items() for file in installed(name, styles)]
    debian = [file for group in TRAINED_DEBIAN.values() for file in group]
    missing(debian)
    return [outline(file, weight) for file, weight in files] + [outline(file) for file in debian]


@lru_cache
def held_out_faces(engraved: bool) -> dict[str, Face]:
    """By name, so that a figure can be told font by font. Lasers write the engravers' fonts as well as the printers'."""
    groups = {**HELD_OUT_DEBIAN, **(HELD_OUT_ENGRAVED if engraved else {})}
    files = [file for group in groups.values() for file in group]
    missing(files)
    return {Path(file).stem: outline(file) for file in files}


def bitmap(file: str) -> Matrix:
    """A bitmap font's characters as dots, all of the height between the cap line and the base line."""
    font = PcfFontFile.PcfFontFile(io.BytesIO(gzip.open(file).read()))
    # A glyph is (advance, box from the pen's place, box in the image, image); the boxes' second number counts from the base line up.
    glyphs = {c: (font.glyph[ord(c)][1][1], np.asarray(font.glyph[ord(c)][3], np.uint8)) for c in CHARACTERS}
    rows = {c: top + np.flatnonzero(dots.any(1)) for c, (top, dots) in glyphs.items()}
    first, last = min(r[0] for r in rows.values()), max(r[-1] for r in rows.values())
    matrix = {}
    for c, (top, dots) in glyphs.items():
        columns = np.flatnonzero(dots.any(0))
        whole = np.zeros((last - first + 1, columns[-1] - columns[0] + 1), np.uint8)
        whole[rows[c][0] - first : rows[c][-1] - first + 1] = dots[rows[c][0] - top : rows[c][-1] - top + 1, columns[0] : columns[-1] + 1] > 0
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
    """Half drawn 5x7 designs, the rest bitmap fonts and outlines on grids of 7 to 16 rows. Those that write 0 like O do not train."""
    rng = np.random.default_rng(seed)
    missing(BITMAPS_TRAINED)
    drawn = [design(DRAWN, rng) for _ in range(160)]
    bitmaps = [bitmap(file) for file in BITMAPS_TRAINED] * 3
    faces = trained_faces()
    grids = [rastered(faces[rng.integers(len(faces))], int(rng.choice([9, 9, 10, 11, 12, 14, 16])), rng.uniform(0.3, 0.5)) for _ in range(160)]
    return [m for m in drawn + bitmaps + grids if not np.array_equal(m["0"], m["O"])]


@lru_cache
def held_out_matrices() -> dict[str, Matrix]:
    missing(BITMAPS_HELD_OUT)
    return {"drawn-5x7": design(HELD_OUT, np.random.default_rng(0))} | {f"fixed-{Path(f).name.split('.')[0]}": bitmap(f) for f in BITMAPS_HELD_OUT}
