"""Every span of up to four words gets a class. The small network learns from what a pretrained one says of many texts."""

import math

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F

PADDING, UNKNOWN = 0, 1             # word ids; the vocabulary follows
LETTERS = 16                        # of a word, as bytes; 0 is padding
FAR = 8                             # words; farther apart is all the same


class SpanHead(nn.Module):
    """[n, words, width] -> logits [n, words, longest, labels] of the spans that begin at each word, by length."""

    def __init__(self, width: int, hidden: int, longest: int, labels: int):
        super().__init__()
        self.longest = longest
        self.begin, self.end, self.whole = nn.Linear(width, hidden), nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
        self.lengths = nn.Parameter(torch.zeros(longest, hidden))
        self.out, self.drop = nn.Linear(hidden, labels), nn.Dropout(0.1)

    def forward(self, x):
        begin, end, whole = self.begin(x), self.end(x), self.whole(x)
        length, sums, spans = x.shape[1], torch.zeros_like(whole), []
        for k in range(self.longest):
            shifted_end, shifted = (F.pad(part, (0, 0, 0, k))[:, k:] for part in (end, whole))
            sums = sums + shifted
            spans.append(F.relu(begin + shifted_end + sums / (k + 1) + self.lengths[k]))
        return self.out(self.drop(torch.stack(spans, 2).reshape(-1, length, self.longest, begin.shape[-1])))


class Block(nn.Module):
    """Pre-norm attention that knows how far apart two words are, not where they stand: texts may be longer than any it has learned from."""

    def __init__(self, width: int, heads: int, hidden: int, drop: float):
        super().__init__()
        self.heads, self.drop = heads, nn.Dropout(drop)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.inward, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.near = nn.Parameter(torch.zeros(heads, 2 * FAR + 1))

    def forward(self, x, hidden):
        n, length, width = x.shape
        ask, key, value = self.inward(self.before(x)).reshape(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        places = torch.arange(length)
        apart = (places[None, :] - places[:, None]).clamp(-FAR, FAR) + FAR
        weights = ask @ key.transpose(2, 3) / math.sqrt(width // self.heads) + self.near[:, apart] + hidden
        mixed = (self.drop(weights.softmax(-1)) @ value).transpose(1, 2).reshape(n, length, width)
        x = x + self.drop(self.out(mixed))
        return x + self.drop(self.narrow(F.relu(self.wide(self.between(x)))))


class SpanTagger(nn.Module):
    """Word ids int32 [n, words] and bytes uint8 [n, words, LETTERS] -> logits of the spans."""

    def __init__(self, words: int, longest: int, labels: int, width: int = 128, word: int = 64, letter: int = 16, heads: int = 4, hidden: int = 256, drop: float = 0.2):
        super().__init__()
        self.words, self.letters = nn.Embedding(words, word), nn.Embedding(128, letter)
        self.three = nn.Linear(3 * letter, width - word)
        self.blocks = nn.ModuleList(Block(width, heads, hidden, drop) for _ in range(2))
        self.norm, self.head, self.drop = nn.LayerNorm(width), SpanHead(width, width, longest, labels), nn.Dropout(drop)

    def logits(self, words, letters):
        here = (words > 0).float()
        spelled = self.letters(letters.int().clamp(max=127)) * (letters > 0).float()[..., None]
        # A convolution over three letters, written as one product: quantizes like the others.
        padded = F.pad(spelled, (0, 0, 1, 1))
        threes = torch.cat([padded[:, :, i : i + LETTERS] for i in range(3)], -1)
        x = self.drop(torch.cat([self.words(words), F.relu(self.three(threes)).amax(2)], -1)) * here[..., None]
        hidden = ((here - 1) * 10000)[:, None, None, :]
        for block in self.blocks:
            x = block(x, hidden)
        return self.head(self.norm(x) * here[..., None])

    def forward(self, words, letters):
        return self.logits(words, letters).softmax(-1)


class Teacher(nn.Module):
    """MiniLM with the same head: a word is the mean of its pieces."""

    def __init__(self, folder: str, longest: int, labels: int):
        super().__init__()
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(folder)
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad = False
        self.head = SpanHead(self.encoder.config.hidden_size, 256, longest, labels)

    def logits(self, ids, mask, share):
        """`share` [n, words, pieces]: which pieces make a word."""
        return self.head(share @ self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state)


class SpanTraining(L.LightningModule):
    """Cross-entropy with what is wanted, as probabilities [n, words, longest, labels]; rows that are all zero do not count."""

    def __init__(self, net, rate: float, unknown: float = 0.0, decay: float = 0.01):
        super().__init__()
        self.net, self.rate, self.unknown, self.decay = net, rate, unknown, decay

    def training_step(self, batch, _):
        inputs, wanted = batch[:-1], batch[-1]
        if self.unknown:
            words = inputs[0]
            inputs = [torch.where((torch.rand(words.shape) < self.unknown) & (words > 0), UNKNOWN, words), *inputs[1:]]
        counts = wanted.sum(-1)
        loss = -(wanted * self.net.logits(*inputs).log_softmax(-1)).sum() / counts.sum()
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self):
        trained = [p for p in self.net.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, self.rate, weight_decay=self.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=self.trainer.estimated_stepping_batches, pct_start=0.15)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
