"""A model as the agent runs it: onnxruntime, CPU, one thread."""

import time
from pathlib import Path

import numpy as np
import onnxruntime


class Session:
    def __init__(self, file: Path, threads: int = 1):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        self.outputs = [o.name for o in self.session.get_outputs()]
        # What explains on demand is asked to explain everything, unless a caller says otherwise.
        self.usual = {"explain": np.zeros(1, np.float32)} if any(i.name == "explain" for i in self.session.get_inputs()) else {}

    def __call__(self, **inputs) -> dict[str, np.ndarray]:
        return dict(zip(self.outputs, self.session.run(None, self.usual | inputs)))

    def milliseconds(self, samples: list[dict]) -> float:
        """Median of one run."""
        times = []
        for sample in samples:
            start = time.perf_counter()
            self(**sample)
            times.append(time.perf_counter() - start)
        return float(np.median(times)) * 1e3
