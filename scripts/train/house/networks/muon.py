"""Muon: momentum whose singular values are all made one, for matrices; AdamW for the rest. torch.optim.Muon takes no convolutions, and
computes in bfloat16, which these processors only imitate."""

import torch


class Muon(torch.optim.Optimizer):
    """Steps are as large as AdamW's would be at the same rate (K. Jordan 2024; the scale of Liu et al., arXiv 2502.16982)."""

    def __init__(self, matrices, rate: float, decay: float = 0.01, momentum: float = 0.95):
        super().__init__(matrices, {"lr": rate, "decay": decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["mean"] = torch.zeros_like(p)
                state["mean"].lerp_(p.grad, 1 - group["momentum"])
                update = orthogonal(p.grad.lerp(state["mean"], group["momentum"]).flatten(1))
                p.mul_(1 - group["lr"] * group["decay"])
                p.add_(update.view_as(p), alpha=-group["lr"] * 0.2 * max(update.shape) ** 0.5)
        return loss


def orthogonal(matrix: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """Singular values near one, by a quintic iteration of Newton and Schulz."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.T if tall else x
