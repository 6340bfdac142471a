"""The two small networks that every framework here builds and exports: what they compute, in numpy, and their weights.

All frameworks get the same weights, so that all six files must say the same of the same input, whoever exported them. Nothing is
trained: what is tried out is the door, and it does not care how good a network is.
"""

import os

import numpy as np

SIDE, COLOURS, CLASSES = 24, 3, 3
STEPS, CHANNELS, WIDTH, HEADS, HIDDEN = 16, 4, 8, 2, 16
CASES = 4


def cnn_weights() -> dict[str, np.ndarray]:
    """Two convolutions without padding, stride 2, ReLU; mean over the picture; one dense layer. Kernels [height, width, in, out]."""
    rng = np.random.default_rng(11)
    normal = lambda *shape: rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float32)
    return {"first": normal(3, 3, COLOURS, 8), "first_bias": normal(1, 8)[0], "second": normal(3, 3, 8, 12), "second_bias": normal(1, 12)[0],
            "out": 4 * normal(12, CLASSES), "out_bias": normal(1, CLASSES)[0]}


def encoder_weights() -> dict[str, np.ndarray]:
    """A dense layer in, one pre-norm block of two heads, mean over the steps, a dense layer out. Kernels [in, out]."""
    rng = np.random.default_rng(12)
    normal = lambda *shape: rng.normal(0, 1 / np.sqrt(shape[0]), shape).astype(np.float32)
    sizes = {"inward": (CHANNELS, WIDTH), "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "mixed": (WIDTH, WIDTH),
             "wide": (WIDTH, HIDDEN), "narrow": (HIDDEN, WIDTH), "out": (WIDTH, CLASSES)}
    weights = {name: normal(*size) for name, size in sizes.items()}
    return weights | {f"{name}_bias": 0.1 * normal(1, size[1])[0] for name, size in sizes.items()}


def pictures() -> np.ndarray:
    """Bytes, as a camera gives them: noise, and stripes of three widths."""
    rng = np.random.default_rng(13)
    stripes = [np.where((np.arange(SIDE) // width) % 2, 230, 20)[None, :, None] * np.ones((SIDE, 1, COLOURS)) for width in (2, 4, 8)]
    return np.stack([rng.integers(0, 256, (SIDE, SIDE, COLOURS)), *stripes]).astype(np.uint8)


def windows() -> np.ndarray:
    rng = np.random.default_rng(14)
    return rng.normal(0, 1, (CASES, STEPS, CHANNELS)).astype(np.float32)


def keep(folder: str, name: str, **arrays: np.ndarray) -> None:
    """Inputs and what the framework itself said of them, beside the ONNX file."""
    np.savez_compressed(os.path.join(folder, f"{name}.npz"), **arrays)
    print(f"{name}: {os.path.getsize(os.path.join(folder, f'{name}.onnx'))} bytes")
