"""
What lasers and engravers write: one stroke of even width, drawn by a round or a square tip. Two of A. V. Hershey's alphabets (1967, from
PyPI's Hershey-Fonts), and the middle lines of the outlines that train (thinned as Zhang and Suen do, CACM 27 (1984) 236).
"""

from functools import lru_cache

import cv2
import numpy as np
from HersheyFonts import HersheyFonts
from skimage.morphology import skeletonize

from house.codes.fonts import CAP, Face, Glyph, trained_faces
from house.codes.matrices import CHARACTERS

FINE = 3  # drawn so many times larger, then made smaller: edges as smooth as an outline's
ALPHABETS = ("futural", "rowmans")


def tip(width: float, square: bool) -> np.ndarray:
    """The tip as a structuring element of `width` fine pixels."""
    size = max(3, int(round(width)) | 1)
    return cv2.getStructuringElement(cv2.MORPH_RECT if square else cv2.MORPH_ELLIPSE, (size, size))


def hershey(alphabet: str, width: float, across: float, square: bool) -> Face:
    """`width` of the stroke in pixels of a capital of CAP, `across` how wide the letters are set."""
    font = HersheyFonts()
    font.load_default_font(alphabet)
    letters = {c: list(font.strokes_for_text(c)) for c in CHARACTERS}
    heights = [y for stroke in letters["H"] for _, y in stroke]
    low, scale = min(heights), CAP * FINE / (max(heights) - min(heights))
    border = int(np.ceil(width * FINE)) + FINE
    face = {}
    for c, strokes in letters.items():
        lines = [np.array([(x * across * scale, (y - low) * scale) for x, y in stroke]) for stroke in strokes]
        whole = np.concatenate(lines)
        start = whole.min(0) - border
        size = np.ceil((np.ptp(whole, axis=0) + 2 * border) / FINE).astype(int) * FINE
        canvas = np.zeros(size[::-1], np.uint8)
        for line in lines:
            cv2.polylines(canvas, [np.round(line - start).astype(np.int32)], False, 255, 1)
        ink = cv2.resize(cv2.dilate(canvas, tip(width * FINE, square)), tuple(size // FINE), interpolation=cv2.INTER_AREA)
        left, top = start / FINE
        advance = np.ptp(whole[:, 0]) / FINE + width + CAP * 0.22
        face[c] = Glyph(ink, int(round(left - whole[:, 0].min() / FINE)), int(round(top)), float(advance))
    return face


def thinned(face: Face, width: float, square: bool) -> Face:
    """A face's middle lines, written with the tip."""
    border = int(np.ceil(width))
    engraved = {}
    for c, glyph in face.items():
        height, across = glyph.ink.shape
        large = cv2.resize(cv2.copyMakeBorder(glyph.ink, *[border] * 4, cv2.BORDER_CONSTANT), None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
        # A dot and a short bar would thin to nothing: they keep their shape.
        small = max(height, across) < CAP * 0.3
        lines = large > 127 if small else skeletonize(large > 127)
        ink = cv2.dilate(lines.astype(np.uint8) * 255, tip(width * FINE * (0.3 if small else 1), square))
        ink = cv2.resize(ink, (across + 2 * border, height + 2 * border), interpolation=cv2.INTER_AREA)
        engraved[c] = Glyph(ink, glyph.left - border, glyph.top - border, glyph.advance)
    return engraved


@lru_cache
def engraved_faces(seed: int = 5) -> list[list[Face]]:
    rng = np.random.default_rng(seed)
    written = [[hershey(name, rng.uniform(2.2, 8), rng.uniform(0.65, 1.15), bool(rng.random() < 0.2)) for _ in range(8)] for name in ALPHABETS]
    # The lightest weight of each family: thin lines leave the fewest spurs.
    return written * 12 + [[thinned(family[0], rng.uniform(2.2, 8), bool(rng.random() < 0.2)) for _ in range(2)] for family in trained_faces()]
