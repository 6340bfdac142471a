"""One seed for everything that draws."""

import logging
import random
import warnings

import cv2
import numpy as np


def settle(seed: int, threads: int) -> None:
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    for noise in ("Checkpoint directory .* exists", ".*does not have many workers", ".*smaller than the logging interval", ".*legacy TorchScript"):
        warnings.filterwarnings("ignore", noise)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
