"""TAEF2, the tiny autoencoder, as far as its weights' names and its description tell (MIT licence, Ollin Boer Bohan).

For training only: a real picture passed through it carries a decoder's traces with unchanged content.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn


class Block(nn.Module):
    """ReLU(f(x) + x); near the latents `x` first takes in what was pooled over the picture."""

    def __init__(self, *, pooled: bool = False) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for last in (False, False, True):
            layers += [nn.Conv2d(64, 64, 3, padding=1)] + ([] if last else [nn.ReLU()])
        self.conv = nn.Sequential(*layers)
        if pooled:
            self.pool = nn.Sequential(
                nn.Conv2d(64, 256, 1, bias=False), nn.GroupNorm(4, 256), nn.ReLU(), nn.Conv2d(256, 64, 1, bias=False)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        if hasattr(self, "pool"):
            x = x + self.pool(x)
        return torch.relu(self.conv(x) + x)


class _Clamp(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / 3) * 3


def _conv(into: int, out: int, *, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(into, out, 3, stride=stride, padding=1, bias=bias)


def encoder(weights: Path) -> nn.Sequential:
    """Pictures N x 3 x H x W in [0, 1], sides multiples of 8, to latents N x 32 x H/8 x W/8."""
    layers: list[nn.Module] = [_conv(3, 64), Block()]
    for level in range(3):
        layers += [_conv(64, 64, stride=2, bias=False), *(Block(pooled=level == 2) for _ in range(3))]
    return _loaded(nn.Sequential(*layers, _conv(64, 32)), weights / "taef2_encoder.safetensors")


def decoder(weights: Path) -> nn.Sequential:
    """Latents back to pictures."""
    layers: list[nn.Module] = [_Clamp(), _conv(32, 64), nn.ReLU()]
    for level in range(3):
        layers += [*(Block(pooled=level == 0) for _ in range(3)), nn.Upsample(scale_factor=2)]
        layers += [_conv(64, 64, bias=False)]
    return _loaded(nn.Sequential(*layers, Block(), _conv(64, 3)), weights / "taef2_decoder.safetensors")


def _loaded(net: nn.Sequential, weights: Path) -> nn.Sequential:
    net.load_state_dict({name: value.float() for name, value in load_file(weights).items()})
    return net.eval().to(memory_format=torch.channels_last)
