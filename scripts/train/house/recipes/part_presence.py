"""part-presence: does this place hold its screw? One region, one answer; a station asks once for each place."""

from pathlib import Path

import numpy as np

from house.data.plates import head, hole, seen, wood
from house.data.screws import Photo, Screws, drawn, photos
from house.figures import interval
from house.networks.presence import Presence, PresenceTraining
from house.networks.quantized import attach
from house.recipe import Evidence
from house.session import Session
from house.tuned import Tuned


class PartPresence(Tuned):
    outputs = ["probabilities"]

    def data(self, hold=("test",)) -> Screws:
        data = self.config.data
        return Screws(self.photos(), data["height"], data["width"], data["batch"], self.config.seed, data["copies"], rehearse="rehearsal" in hold)

    def photos(self) -> list[Photo]:
        """A subset runs without the set, on drawn plates, so that the way can be proven anywhere."""
        data = self.config.data
        if self.config.subset and self.place.root is None:
            return drawn(data["limit"])
        return photos(self.place.data(data["folder"]), data.get("limit"))

    def module(self) -> PresenceTraining:
        data = self.config.data
        net = Presence(data["height"], data["width"], len(self.labels), self.config.network["frozen"])
        attach(net)
        return PresenceTraining(net, self.config.schedule["rates"])

    def finish(self, draft: Path) -> dict:
        """A missing screw let through costs more than a second look: the limit lies a quarter of the way from the surest present to the least sure missing."""
        data = self.data(self.config.data["rehearse"])
        rows = data.rows("rehearsal")
        score = 1 - self.judge(self.rehearsed(), data, rows)[:, 0]
        missing = data.labels[rows] == 1
        low, high = float(score[~missing].max()), float(score[missing].min())
        print(f"every fourth training photo, not trained on: present at most {low:.3f}, missing at least {high:.3f}")
        limit = round(low + (high - low) / 4, 2) if low < high else round(high, 2)
        return {"thresholds": {"score": min(max(limit, 0.2), 0.5)}}

    def figures(self, session: Session) -> dict:
        data = self.data()
        rows = data.rows("test")
        return self.measured(1 - self.judge(session, data, rows)[:, 0], data.labels[rows] == 1, data.plates[rows])

    def measured(self, score, missing, plates) -> dict:
        called = score >= 0.5
        return {"accuracy": interval(lambda r: (called[r] == missing[r]).mean(), plates),
                "missed": interval(lambda r: (missing[r] & ~called[r]).sum(), plates)}

    def evidence(self, session: Session) -> Evidence:
        data = self.data()
        rows = data.rows("test")
        given, labels = self.judge(session, data, rows), data.labels[rows]
        return Evidence(labels, given.argmax(1), given.max(1), [data.images[i] for i in rows], given[:, 1], labels == 1)

    def baseline(self) -> dict:
        data = self.data()
        rows = data.rows("test")
        return {"name": "always present", "figures": self.measured(np.zeros(len(rows)), data.labels[rows] == 1, data.plates[rows])}

    def goldens(self) -> list[tuple[str, dict]]:
        """Wood that never grew, and in it a hole, a screw's head, half of one, nothing."""
        height, width, rng = self.config.data["height"], self.config.data["width"], np.random.default_rng(3)
        middle = (width // 2, height // 2, width)
        bare, screw, half = (wood(rng, height, width) for _ in range(3))
        hole(bare, *middle)
        head(screw, *middle)
        head(half, *middle)
        half[:, : width // 2] = wood(rng, height, width)[:, : width // 2]
        pictures = {"hole": bare, "screw": screw, "half": half, "wood": wood(rng, height, width)}
        return [(name, {"image": seen(picture)[None]}) for name, picture in pictures.items()]


RECIPE = PartPresence
