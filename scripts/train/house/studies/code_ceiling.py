"""python -m house.studies.code_ceiling [--models FOLDER] [--strips 400]

What keeps code-reader from reading every strip: typefaces it does not know, conditions, or characters that are one shape? The shipped
int8 network reads strips drawn anew, from the test's patterns: in the test's typefaces and in those that train, under usual conditions and
under mild ones (150 grey levels of contrast or more, straight, no noise, no glare). `alike` counts strips of free codes that hold a
character whose shape in their typeface is another's too, so that a right answer is a guess.
"""

import argparse
import dataclasses
from pathlib import Path

import numpy as np
from tqdm import tqdm

from house.codes import fonts, grammar, render, strokes
from house.codes.matrices import CHARACTERS
from house.networks.reader import greedy
from house.session import Session

ROOT = Path(__file__).resolve().parents[4]
MILD = dataclasses.replace(render.USUAL, contrast=150, faint=(80, 90), slope=0, glare=0, blur=0.45, noise=0, turn=0, capital=20)
FILE = "model.int8-u8s8.onnx"


def designs(style: str, held_out: bool) -> list:
    if style == "dot_matrix":
        return list(fonts.held_out_matrices().values()) if held_out else fonts.trained_matrices()
    if held_out:
        return list(fonts.held_out_faces(style == "laser").values())
    # Without Hershey's alphabets, which stand in front, twelve times each.
    thinned = strokes.engraved_faces()[12 * len(strokes.ALPHABETS) :] if style == "laser" else []
    families = fonts.trained_faces() + thinned
    return [face for family in families for face in family]


def ambiguous(code: str, design) -> bool:
    """Whether one of its characters has the shape of one that it could be taken for. Zeros of free codes are struck through."""
    def same(one: str, other: str) -> bool:
        if isinstance(design[one], np.ndarray):
            return np.array_equal(design[one], design[other])
        return render.alike(design[one], design[other])

    letters = [c for c in CHARACTERS if c not in "0-/."]
    return any(same(c, other) for c in set(code) & set(letters) for other in letters if other != c)


def main() -> None:
    parser = argparse.ArgumentParser("code_ceiling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--strips", type=int, default=400)
    arguments = parser.parse_args()
    session = Session(arguments.models / "code-reader" / FILE)
    print(f"{'style':<12}{'typefaces':<11}{'conditions':<12}{'exact':>7}{'patterns':>10}{'free':>7}{'alike':>7}")
    for style in render.STYLES:
        for held_out in (True, False):
            choices = designs(style, held_out)
            for name, worst in (("usual", render.USUAL), ("mild", MILD)):
                rng = np.random.default_rng([97, render.STYLES.index(style)])
                right, free, alike = [], [], 0
                for _ in tqdm(range(arguments.strips), leave=False):
                    design = choices[rng.integers(len(choices))]
                    code, pattern = grammar.tested(rng)
                    strip = render.strip(code, style, design, rng, float(pattern == "free"), worst)
                    read = greedy(session(image=strip.image[None, ..., None])["probabilities"])[0]
                    right.append(read == code)
                    free.append(pattern == "free")
                    alike += pattern == "free" and ambiguous(code, design)
                right, free = np.array(right), np.array(free)
                print(f"{style:<12}{'test' if held_out else 'trained':<11}{name:<12}{right.mean():>7.3f}{right[~free].mean():>10.3f}{right[free].mean():>7.3f}{alike:>7}", flush=True)


if __name__ == "__main__":
    main()
