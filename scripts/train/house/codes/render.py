"""
Strips of 32x256 grey pixels with a code on them, as a camera's region comes out of the agent's prepare step. Three ways of marking:
printed (labels, thermal transfer), laser (etched metal and plastic), dot_matrix (inkjet drops, peened dots). All of it is drawn.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from house.codes.fonts import CAP, Face, Glyph, Matrix

HEIGHT, WIDTH = 32, 256
STYLES = ("printed", "laser", "dot_matrix")


@dataclass(frozen=True)
class Conditions:
    """How bad it gets, at most."""
    contrast: float            # grey levels of 255 between a stroke and its ground, at least
    faint: tuple[float, float]  # half the distance between ink and ground where contrast is low
    slope: float               # light from end to end
    glare: float               # a lamp's reflection
    blur: float                # pixels of the strip
    noise: float               # grey levels
    quiet: float               # contrast over noise, at least
    turn: float                # degrees
    capital: float             # pixels that a capital has in the strip, at least; dots get two more


# A camera that somebody has set up, and one that nobody looks after: lamps reflect, lenses are out of focus, contrast is almost gone.
USUAL = Conditions(contrast=34, faint=(22, 42), slope=0.25, glare=0.2, blur=0.8, noise=7, quiet=8, turn=5, capital=12)
HARD = Conditions(contrast=18, faint=(13, 28), slope=0.35, glare=0.5, blur=1.2, noise=9, quiet=6, turn=7, capital=11)


@dataclass(frozen=True)
class Strip:
    image: np.ndarray
    code: str
    middles: np.ndarray  # of the characters, in columns of pixels


# ---------------------------------------------------------------- the mark itself: ink 0..1 on a fine grid

def written(code: str, face: Face, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Outline glyphs side by side: narrower and wider settings, a pen that is not quite steady. Ink, and where each character's middle is."""
    tracking = rng.uniform(-0.03, 0.22) * CAP
    shake = rng.uniform(0, 0.02) * CAP if rng.random() < 0.3 else 0.0
    pen, places = 16.0, []
    for c in code:
        places.append((c, int(pen + face[c].left), int(16 + face[c].top + rng.normal(0, 1) * shake)))
        pen += max(face[c].advance + tracking, 4)
    canvas = np.zeros((CAP + 32, int(pen) + 48), np.uint8)
    for c, x, y in places:
        ink = face[c].ink[max(0, -y) :][: canvas.shape[0] - max(0, y)]
        spot = canvas[max(0, y) : max(0, y) + len(ink), max(0, x) : max(0, x) + ink.shape[1]]
        np.maximum(spot, ink[:, : spot.shape[1]], out=spot)
    middles = np.array([x + face[c].ink.shape[1] / 2 for c, x, _ in places])
    return canvas[:, : int(pen) + 16].astype(np.float32) / 255, middles


def dotted(code: str, matrix: Matrix, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Drops on their grid: they miss their place, run into each other, and one in a hundred does not come."""
    rows = matrix["0"].shape[0]
    columns = max(dots.shape[1] for dots in matrix.values())
    pitch = (CAP + 2) / rows
    across = pitch * rng.uniform(0.75, 1.25)
    gap = rng.choice([1, 1, 1, 2]) + rng.uniform(0, 0.4)
    proportional = rng.random() < 0.15
    xs, ys, middles, column = [], [], [], 0.0
    for c in code:
        dots = matrix[c]
        y, x = np.nonzero(dots)
        inset = 0 if proportional else (columns - dots.shape[1]) // 2
        xs.append(column + inset + x)
        ys.append(y)
        middles.append(column + inset + dots.shape[1] / 2)
        column += (dots.shape[1] if proportional else columns) + gap
    x, y = np.concatenate(xs), np.concatenate(ys).astype(float)
    if rng.random() < 0.12:  # every column twice: bold
        x, y = np.concatenate([x, x + 0.45]), np.concatenate([y, y])
    if rng.random() < 0.3:  # some nozzle or needle is late: its row sits a little aside
        x = x + rng.normal(0, 0.12, rows)[y.astype(int)]
    jitter = rng.uniform(0, 0.12)
    x, y = x * across + rng.normal(0, jitter * across, len(x)), y * pitch + rng.normal(0, jitter * pitch, len(y))
    stays = rng.random(len(x)) >= (rng.uniform(0, 0.02) if rng.random() < 0.5 else 0)
    x, y = x[stays], y[stays]
    radius = rng.uniform(0.34, 0.62) * min(pitch, across)
    canvas = np.zeros((CAP + 36, int(column * across) + 36), np.float32)
    size = 2 * int(np.ceil(radius)) + 3
    grid = np.mgrid[:size, :size] - size // 2
    disc = np.clip(radius + 0.5 - np.hypot(*grid), 0, 1).astype(np.float32)
    row, place = np.clip(np.round(y + 18).astype(int), 0, canvas.shape[0] - 1), np.clip(np.round(x + 18).astype(int), 0, canvas.shape[1] - 1)
    np.maximum.at(canvas, (row, place), rng.uniform(rng.uniform(0.55, 1), 1, len(x)).astype(np.float32))
    return np.minimum(cv2.filter2D(canvas, -1, disc, borderType=cv2.BORDER_CONSTANT), 1), np.array(middles) * across + 18


def slow(rng: np.random.Generator, shape: tuple[int, int], rows: int, columns: int) -> np.ndarray:
    """Noise of about +-1 that changes slowly: `rows` x `columns` hills."""
    return cv2.resize(rng.normal(0, 1, (max(2, rows), max(2, columns))).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)


def pressed(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Print: fatter or leaner strokes, ragged edges, patches that took less ink, lines of a worn print head."""
    soft = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.8, 2.2))
    # Measured against what a stroke's middle still has after softening: a light face must not vanish where a bold one gets lean.
    strokes = soft[ink > 0.5]
    middle = float(np.percentile(strokes, 70)) if len(strokes) else 1.0
    edge = middle * (rng.uniform(0.3, 0.6) + rng.uniform(0, 0.15) * slow(rng, ink.shape, ink.shape[0] // 4, ink.shape[1] // 4))
    ink = np.clip((soft - edge) * rng.uniform(4, 10) + 0.5, 0, 1)
    if rng.random() < 0.35:
        ink *= np.clip(1 - rng.uniform(0.1, 0.5) * np.maximum(slow(rng, ink.shape, 4, ink.shape[1] // 20), 0), 0, 1)
    if rng.random() < 0.15:
        for row in rng.integers(12, CAP + 16, rng.integers(1, 4)):
            ink[row : row + int(rng.integers(1, 3))] *= rng.uniform(0, 0.6)
    return ink


def etched(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Laser: pulses in rows, a rim beside the stroke. The rim is negative: it goes the other way than the stroke."""
    if rng.random() < 0.5:
        step = rng.uniform(2.2, 4.5)
        if rng.random() < 0.5:
            pulses = 0.5 + 0.5 * np.cos(2 * np.pi * np.arange(ink.shape[0]) / step)[:, None]
        else:
            pulses = 0.5 + 0.5 * np.cos(2 * np.pi * (np.arange(ink.shape[1])[None] + rng.uniform(-1, 1) * np.arange(ink.shape[0])[:, None]) / step)
        ink = ink * (1 - rng.uniform(0.1, 0.55) * pulses.astype(np.float32))
    if rng.random() < 0.4:
        ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.6, 1.8))
    ink = ink * np.clip(1 + rng.uniform(0, 0.35) * slow(rng, ink.shape, 6, ink.shape[1] // 10), 0.35, 1.2)
    if rng.random() < 0.4:
        rim = cv2.GaussianBlur(ink, (0, 0), rng.uniform(2, 4)) * (1 - ink)
        ink = ink - rng.uniform(0.1, 0.6) * rim
    return ink.astype(np.float32)


def marked(face: Face) -> bool:
    """Its zero has something in the middle that an O has not."""
    ink = face["0"].ink
    columns, rows = np.flatnonzero(ink.max(0) > 127), np.flatnonzero(ink.max(1) > 127)
    y, x = (rows[0] + rows[-1]) // 2, (columns[0] + columns[-1]) // 2
    return bool((ink[y - 2 : y + 3, x - 2 : x + 3] > 127).any())


def alike(one: Glyph, other: Glyph) -> bool:
    """Nobody tells them apart: laid over each other in one size they differ by a tenth of their ink at most."""
    size = (one.ink.shape[1], one.ink.shape[0])
    if abs(np.log(size[0] * other.ink.shape[0] / (size[1] * other.ink.shape[1]))) > 0.3:
        return False
    first, second = one.ink > 127, cv2.resize(other.ink, size, interpolation=cv2.INTER_AREA) > 127
    return bool((first != second).sum() <= 0.1 * max(1, first.sum()))


def slashed(face: Face, rng: np.random.Generator) -> Face:
    """Some printers strike their zero through, or put a dot into it."""
    glyph = face["0"]
    ink = glyph.ink.copy()
    columns, rows = np.flatnonzero(ink.max(0) > 127), np.flatnonzero(ink.max(1) > 127)
    if len(columns) == 0 or rng.random() < 0.3:
        x, y = int((columns[0] + columns[-1]) / 2), int((rows[0] + rows[-1]) / 2)
        cv2.ellipse(ink, (x, y), (max(2, len(columns) // 9), max(3, len(rows) // 9)), 0, 0, 360, 255, -1)
    else:
        inset = rng.uniform(0, 0.28)
        dx, dy = inset * len(columns), inset * len(rows)
        cv2.line(ink, (int(columns[0] + dx), int(rows[-1] - dy)), (int(columns[-1] - dx), int(rows[0] + dy)), 255, int(rng.integers(2, 5)), cv2.LINE_AA)
    return {**face, "0": Glyph(ink, glyph.left, glyph.top, glyph.advance)}


# ---------------------------------------------------------------- where it lies in the picture

def placed(ink: np.ndarray, middles: np.ndarray, style: str, worst: Conditions, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Turned, sheared, seen from aside, and cut to a region around it that is squeezed to the strip: [HEIGHT, WIDTH], and the middles there."""
    height, width = ink.shape
    least = worst.capital + (2 if style == "dot_matrix" else 0)
    stretch = np.exp(rng.normal(0, 0.16))  # of the region's sides, beside what the region's shape does
    angle, shear = np.clip(rng.normal(0, 0.4 * worst.turn), -worst.turn, worst.turn), rng.normal(0, 0.12) if rng.random() < 0.5 else 0.0
    margins = rng.uniform(0.02, 0.45, 4) * CAP
    border = 14
    box = np.array([[border, border], [width - border, border], [width - border, height - border], [border, height - border]], np.float32)
    for attempt in range(4):
        turn = np.deg2rad(angle * 0.55**attempt)
        linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[stretch, -shear], [0, 1]])
        corners = (box - box.mean(0)) @ linear.T
        corners += rng.normal(0, 0.035 * CAP, (4, 2)) * (1 if attempt < 3 else 0)
        low, high = corners.min(0) - margins[:2], corners.max(0) + margins[2:]
        size = high - low
        # A technician draws regions of many shapes; a short code in a wide one has empty space beside it.
        wanted = rng.uniform(3.5, 11)
        if size[0] / size[1] < wanted:
            spare = (size[1] * wanted - size[0]) * rng.uniform(0.2, 1)
            share = rng.random()
            low[0] -= spare * share
            high[0] += spare * (1 - share)
            size = high - low
        if CAP * HEIGHT / size[1] >= least:
            break
    target = ((corners - low) / size * [WIDTH, HEIGHT]).astype(np.float32)
    shrink = max(1.0, CAP / (CAP * HEIGHT / size[1]))
    squeeze = max(1.0, size[0] / WIDTH)
    fine = cv2.GaussianBlur(ink, (0, 0), sigmaX=max(0.01, 0.42 * np.sqrt(squeeze**2 - 1) + 0.01), sigmaY=max(0.01, 0.42 * np.sqrt(shrink**2 - 1) + 0.01))
    matrix = cv2.getPerspectiveTransform(box, target)
    points = np.stack([middles, np.full(len(middles), 16 + CAP / 2)], 1)[None].astype(np.float32)
    flat = cv2.warpPerspective(fine, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    return flat, cv2.perspectiveTransform(points, matrix)[0, :, 0]


# ---------------------------------------------------------------- what it lies on, and the camera

def ground(style: str, rng: np.random.Generator) -> np.ndarray:
    """Texture of about +-1 in grey levels times its strength: paper, card, brushed or cast metal."""
    shape = (HEIGHT, WIDTH)
    kind = rng.random()
    if style == "laser" or (style == "dot_matrix" and kind < 0.3):
        if rng.random() < 0.55:  # brushed, along or across
            lines = rng.normal(0, 1, (HEIGHT, int(rng.integers(2, 24)))) if rng.random() < 0.75 else rng.normal(0, 1, (int(rng.integers(2, 4)), WIDTH))
            texture = cv2.resize(lines.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
        else:  # cast or blasted
            texture = slow(rng, shape, int(rng.integers(8, 28)), int(rng.integers(60, 220)))
        return texture * rng.uniform(1, 11)
    if kind < 0.6:
        return slow(rng, shape, int(rng.integers(3, 24)), int(rng.integers(20, 200))) * rng.uniform(0, 8)
    return np.zeros(shape, np.float32)


def clutter(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Borders of labels, scratches: lines that belong to no character, beside the code and not through it."""
    lines = np.zeros_like(ink)
    busy = np.flatnonzero(ink.max(1) > 0.3)
    if len(busy) == 0:
        return ink
    strength = rng.uniform(0.3, 1)
    for y in (busy[0] - 3, busy[-1] + 3):
        if 0 <= y < HEIGHT and rng.random() < 0.5:
            cv2.line(lines, (0, int(y)), (WIDTH, int(y + rng.integers(-1, 2))), float(strength), 1, cv2.LINE_AA)
    return np.maximum(ink, lines)


def lit(ink: np.ndarray, style: str, worst: Conditions, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Ink and ground in grey levels under uneven light, and how many levels are between them."""
    dark, bright = rng.uniform(10, 110), rng.uniform(120, 245)
    if rng.random() < (0.45 if style == "laser" else 0.3):  # low contrast
        middle, half = rng.uniform(60, 200), rng.uniform(*worst.faint)
        dark, bright = middle - half, middle + half
    inverse = rng.random() < {"printed": 0.15, "laser": 0.55, "dot_matrix": 0.25}[style]
    paper, colour = (dark, bright) if inverse else (bright, dark)
    # What a person must still be able to read: thin strokes on a rough ground get the contrast they need, and not more.
    strength = float(np.percentile(ink[ink > 0.3 * ink.max()], 60)) if ink.max() > 0 else 1.0
    colour = paper + (colour - paper) * max(1.0, worst.contrast / max(1.0, abs(colour - paper) * strength))
    texture = ground(style, rng)
    limit = abs(colour - paper) * strength / 4.5
    spread = texture.std()
    image = paper + (colour - paper) * ink + texture * (min(1, limit / spread) if spread > 0 else 1)
    if rng.random() < 0.7:
        y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
        light = 1 + rng.uniform(-worst.slope, worst.slope) * x + rng.uniform(-0.15, 0.15) * y
        if rng.random() < 0.3:
            light += rng.uniform(-0.8, 1) * worst.glare * np.exp(-((x - rng.uniform(-1, 1)) ** 2) / rng.uniform(0.02, 0.4) - (y - rng.uniform(-1, 1)) ** 2 / rng.uniform(0.5, 4))
        image = image * light
    return image, abs(colour - paper) * strength


def photographed(image: np.ndarray, contrast: float, style: str, worst: Conditions, rng: np.random.Generator) -> np.ndarray:
    """Defocus, motion along the belt, sensor noise, a camera's JPEG."""
    if rng.random() < 0.6:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, worst.blur - (0.15 if style == "dot_matrix" else 0)))
    if rng.random() < 0.15:
        image = cv2.blur(image, (int(rng.integers(2, 4)), 1))
    image = image + rng.normal(0, min(rng.uniform(0, worst.noise), contrast / worst.quiet), image.shape)
    image = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 96))])
        image = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return image


def strip(code: str, style: str, design: Face | Matrix, rng: np.random.Generator, mark_zero: float = 0.0, worst: Conditions = USUAL) -> Strip:
    """One strip. `design` is a face for print and laser, a matrix for dots; `mark_zero`: how often a plain zero is struck through."""
    if style == "dot_matrix":
        ink, middles = dotted(code, design, rng)
    else:
        face = slashed(design, rng) if rng.random() < mark_zero and not marked(design) else design
        ink, middles = written(code, face, rng)
        ink = pressed(ink, rng) if style == "printed" else etched(ink, rng)
    flat, middles = placed(ink, middles, style, worst, rng)
    if rng.random() < 0.12:
        flat = clutter(flat, rng)
    return Strip(photographed(*lit(flat, style, worst, rng), style, worst, rng), code, middles)
