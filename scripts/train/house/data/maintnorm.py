"""maintnorm: short maintenance notes of three mining companies, each raw token beside its plain form. The authors' split."""

from pathlib import Path

Text = list[tuple[str, str]]


def read(folder: Path, split: str) -> list[Text]:
    blocks = (folder / "data" / "combined" / f"{split}.norm").read_text(encoding="utf-8").split("\n\n")
    texts = [[tuple(line.split("\t")) for line in block.split("\n") if line] for block in blocks]
    return [text for text in texts if text]


def plain(text: Text) -> str:
    return " ".join(word for _, form in text for word in form.split())


def raw(text: Text) -> str:
    return " ".join(token for token, _ in text)
