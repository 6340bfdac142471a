"""part-presence: does this place hold its screw? One region, one answer; a station asks once for each place."""

from pathlib import Path

import cv2
import numpy as np

from house.data.screws import Screws
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
        return Screws(self.place.data(data["folder"]), data["height"], data["width"], data["batch"], self.config.seed, data["copies"],
                      rehearse="rehearsal" in hold, limit=data.get("limit"))

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

        def wood():
            grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 1, sigmaY=12)
            return np.array([150, 105, 45]) * (1 + 0.08 * grain / grain.std())[..., None]

        def disc(picture, radius, colour, place=(width // 2, height // 2)):
            cv2.circle(picture, place, radius, colour, -1)

        hole, screw, half = wood(), wood(), wood()
        disc(hole, width // 14, (35, 25, 15))
        for picture in (screw, half):
            disc(picture, width // 7, (110, 110, 95))
            cv2.rectangle(picture, (width // 2 - 5, height // 2 - 5), (width // 2 + 5, height // 2 + 5), (60, 60, 45), -1)
        half[:, : width // 2] = wood()[:, : width // 2]
        pictures = {"hole": hole, "screw": screw, "half": half, "wood": wood()}
        soft = {name: cv2.GaussianBlur(p.astype(np.float32), (0, 0), 0.8) for name, p in pictures.items()}
        return [(name, {"image": np.clip(p, 0, 255).astype(np.uint8)[None]}) for name, p in soft.items()]


RECIPE = PartPresence
