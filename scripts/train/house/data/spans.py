"""Texts as batches for the span networks."""

import lightning as L
import numpy as np
import torch

from house.data.maintie import LABELS, LONGEST, Annotated
from house.fit import loader
from house.networks.spans import LETTERS, PADDING, UNKNOWN

SPOKEN = {"<id>": "code", "<num>": "number", "<date>": "date", "<sensitive>": "name"}


class Spelling:
    """Words as ids and bytes. agent/inference/text/encode.ts is the same."""

    def __init__(self, vocabulary: list[str]):
        self.ids = {word: i + UNKNOWN + 1 for i, word in enumerate(vocabulary)}

    def __call__(self, texts, length: int) -> dict[str, np.ndarray]:
        words = np.full((len(texts), length), PADDING, np.int32)
        letters = np.zeros((len(texts), length, LETTERS), np.uint8)
        for i, text in enumerate(texts):
            for j, word in enumerate(text[:length]):
                low = word.lower()
                words[i, j] = self.ids.get(low, UNKNOWN)
                spelled = [min(ord(letter), 127) for letter in low[:LETTERS]]
                letters[i, j, : len(spelled)] = spelled
        return {"words": words, "letters": letters}


class Pieces:
    """Words as MiniLM's pieces, with the matrix that makes words of them again."""

    def __init__(self, folder: str):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.no_padding()

    def __call__(self, texts, length: int) -> dict[str, np.ndarray]:
        split = [self.tokenizer.encode([SPOKEN.get(word, word) for word in text], is_pretokenized=True) for text in texts]
        most = max(len(one.ids) for one in split)
        ids, mask = np.zeros((len(texts), most), np.int64), np.zeros((len(texts), most), np.int64)
        share = np.zeros((len(texts), length, most), np.float32)
        for i, one in enumerate(split):
            ids[i, : len(one.ids)], mask[i, : len(one.ids)] = one.ids, 1
            for place, word in enumerate(one.word_ids):
                if word is not None and word < length:
                    share[i, word, place] = 1
        return {"ids": ids, "mask": mask, "share": share / np.maximum(1, share.sum(2, keepdims=True))}


def wanted_of(text: Annotated, length: int, smooth: float = 0.0) -> np.ndarray:
    """[length, LONGEST, labels], one-hot; spans beyond the text are zero."""
    found = np.zeros((length, LONGEST, len(LABELS)), np.float32)
    classes = {(begin, end): label for begin, end, label in text.entities}
    for begin, size in spans(len(text.words)):
        found[begin, size - 1] = smooth / len(LABELS)
        found[begin, size - 1, LABELS.index(classes.get((begin, begin + size), "none"))] += 1 - smooth
    return found


def spans(length: int):
    return [(begin, size) for begin in range(length) for size in range(1, LONGEST + 1) if begin + size <= length]


class SpanTexts(L.LightningDataModule):
    """`texts` with the probabilities that are `wanted` of each; spelled by `spell`. Batches of texts of like length."""

    def __init__(self, texts: list[tuple[str, ...]], wanted: list[np.ndarray], spell, batch: int, seed: int):
        super().__init__()
        self.texts, self.wanted, self.spell, self.batch, self.seed = texts, wanted, spell, batch, seed

    def train_dataloader(self):
        made = loader(self, self.batch, seed=self.seed, epoch=self.trainer.current_epoch)
        made.collate_fn = self.collate
        return made

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        return i

    def collate(self, rows):
        length = max(len(self.texts[i]) for i in rows)
        inputs = self.spell([self.texts[i] for i in rows], length)
        wanted = np.zeros((len(rows), length, LONGEST, len(LABELS)), np.float32)
        for place, i in enumerate(rows):
            wanted[place, : len(self.wanted[i])] = self.wanted[i][:length]
        return [torch.from_numpy(part) for part in [*inputs.values(), wanted]]
