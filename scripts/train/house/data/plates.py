"""Plates that never were: wood with four places for a screw. For goldens, and where the set is not at hand."""

import cv2
import numpy as np


def wood(rng, height: int, width: int) -> np.ndarray:
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 1, sigmaY=12)
    return np.array([150, 105, 45]) * (1 + 0.08 * grain / grain.std())[..., None]


def hole(picture: np.ndarray, x: int, y: int, width: int) -> None:
    cv2.circle(picture, (x, y), width // 14, (35, 25, 15), -1)


def head(picture: np.ndarray, x: int, y: int, width: int) -> None:
    cv2.circle(picture, (x, y), width // 7, (110, 110, 95), -1)
    cv2.rectangle(picture, (x - 5, y - 5), (x + 5, y + 5), (60, 60, 45), -1)


def seen(picture: np.ndarray) -> np.ndarray:
    """As a camera that is not quite in focus has it."""
    return np.clip(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 0.8), 0, 255).astype(np.uint8)


def plate(rng, present: str, places) -> np.ndarray:
    """A photo with a screw in each place whose sign is 1; `places` are x, y, width, height, in the order of the signs."""
    picture = wood(rng, max(y + h for _, y, _, h in places), max(x + w for x, _, w, _ in places))
    for (x, y, width, height), sign in zip(places, present, strict=True):
        off = rng.integers(-12, 13, 2)
        (head if sign == "1" else hole)(picture, int(x + width // 2 + off[0]), int(y + height // 2 + off[1]), width)
    return seen(picture * rng.uniform(0.8, 1.2))
