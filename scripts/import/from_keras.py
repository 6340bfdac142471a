"""Exports the small CNN from Keras and from TensorFlow, and the attention encoder from Keras, each beside its own outputs.

    python scripts/import/from_keras.py FOLDER        needs keras, tensorflow-cpu, tf2onnx; in a virtual environment of their own
"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf2onnx  # noqa: E402
from keras import layers, ops  # noqa: E402
from networks import CHANNELS, COLOURS, HEADS, HIDDEN, SIDE, STEPS, WIDTH, cnn_weights, encoder_weights, keep, pictures, windows  # noqa: E402

OPSET = 18


def cnn() -> keras.Model:
    """Floats 0..255, channels last, scaled by the first layer, as keras.applications has it. Import puts the cast before it."""
    weights = cnn_weights()
    image = keras.Input((SIDE, SIDE, COLOURS), name="picture")
    x = layers.Rescaling(1 / 255)(image)
    for name in ("first", "second"):
        x = layers.Conv2D(weights[name].shape[-1], 3, strides=2, padding="valid", activation="relu", name=name)(x)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, layers.Dense(weights["out"].shape[-1], activation="softmax", name="out")(x))
    for name in ("first", "second", "out"):
        model.get_layer(name).set_weights([weights[name], weights[f"{name}_bias"]])
    return model


class TensorFlowCnn(tf.Module):
    """Plain TensorFlow, bytes in: how we would have it."""

    def __init__(self):
        super().__init__()
        # Arrays become constants of the graph; tf.constant()s made out here would become its inputs.
        self.weights = cnn_weights()

    @tf.function(input_signature=[tf.TensorSpec((None, SIDE, SIDE, COLOURS), tf.uint8, name="image")])
    def __call__(self, image):
        x, weights = tf.cast(image, tf.float32) / 255.0, self.weights
        for name in ("first", "second"):
            x = tf.nn.relu(tf.nn.conv2d(x, weights[name], 2, "VALID") + weights[f"{name}_bias"])
        return tf.nn.softmax(tf.reduce_mean(x, (1, 2)) @ weights["out"] + weights["out_bias"], name="probabilities")


def encoder() -> keras.Model:
    weights = encoder_weights()
    window = keras.Input((STEPS, CHANNELS), name="window")
    x = layers.Dense(WIDTH, name="inward")(window)
    normed = layers.LayerNormalization(epsilon=1e-5)(x)
    x = x + layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name="attention")(normed, normed)
    hidden = layers.Dense(HIDDEN, activation="relu", name="wide")(layers.LayerNormalization(epsilon=1e-5)(x))
    x = x + layers.Dense(WIDTH, name="narrow")(hidden)
    model = keras.Model(window, layers.Dense(weights["out"].shape[-1], activation="softmax", name="out")(ops.mean(x, axis=1)))
    for name in ("inward", "wide", "narrow", "out"):
        model.get_layer(name).set_weights([weights[name], weights[f"{name}_bias"]])
    # Keras keeps a projection as [in, heads, size], and the one back as [heads, size, out].
    inward = [[weights[n].reshape(WIDTH, HEADS, -1), weights[f"{n}_bias"].reshape(HEADS, -1)] for n in ("query", "key", "value")]
    back = [weights["mixed"].reshape(HEADS, -1, WIDTH), weights["mixed_bias"]]
    model.get_layer("attention").set_weights([part for pair in [*inward, back] for part in pair])
    return model


def main(folder: str) -> None:
    seen = pictures()
    model, given = cnn(), pictures().astype(np.float32)
    said = model(given).numpy()
    model.export(f"{folder}/keras-cnn.onnx", format="onnx", opset_version=OPSET, verbose=False)
    keep(folder, "keras-cnn", image=seen, probabilities=said)

    plain = TensorFlowCnn()
    tf2onnx.convert.from_function(plain.__call__, [tf.TensorSpec((None, SIDE, SIDE, COLOURS), tf.uint8, name="image")], opset=OPSET,
                                  output_path=f"{folder}/tensorflow-cnn.onnx")
    keep(folder, "tensorflow-cnn", image=seen, probabilities=plain(tf.constant(seen)).numpy())

    attention = encoder()
    said = attention(windows()).numpy()
    attention.export(f"{folder}/keras-encoder.onnx", format="onnx", opset_version=OPSET, verbose=False)
    keep(folder, "keras-encoder", window=windows(), probabilities=said)


if __name__ == "__main__":
    main(sys.argv[1])
