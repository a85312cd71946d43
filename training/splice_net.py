"""The splice map's net: what a paste leaves in noise, in JPEG's grid and in its histograms, weighed by a small U-Net.

Everything is computed from the pixels, inside the graph: fixed high-pass residuals (Fridrich and Kodovsky 2012), the
blockiness at each phase of the grid, and how often each value occurs among the coefficients of the block transform, in
a neighbourhood and in the whole picture (double compression: Popescu and Farid 2004; learned from histograms: Kwon et
al., arXiv 2108.12947).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training import net

FREQUENCIES, BINS = 20, 20  # the lowest of a block's coefficients, without its mean; whole values counted
MULTIPLE = 16  # sides of the input
_SHARP = 2.0  # of the mean that makes a picture's logit: log(mean(exp(_SHARP * x))) / _SHARP
SCALE = 4  # the map has a value for 4 x 4 pixels


@dataclass(frozen=True, slots=True)
class Design:
    """Which cues a net has."""

    histograms: bool = True
    grid: bool = True
    noise: bool = True
    fine: bool = False  # a learned look at 1/2 and 1/4 of the sides, and a map drawn at 1/4; else at 1/8
    scene: bool = False  # the first blocks of Lite0: what there is in the picture
    deep: int = 5  # of these
    width: int = 32


class _Unit(nn.Module):
    """Two convolutions over a shortcut."""

    def __init__(self, width: int, *, dilation: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.body(x))


def _step(into: int, out: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )


def _transform() -> Tensor:
    """The block transform of JPEG as 64 kernels of 8 x 8, in the order of its zigzag."""
    k, n = np.mgrid[:8, :8]
    basis = np.cos((2 * n + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    order = sorted(((v, u) for v in range(8) for u in range(8)), key=lambda p: (p[0] + p[1], p[0]))
    return torch.tensor(np.stack([np.outer(basis[v], basis[u]) for v, u in order]), dtype=torch.float32)[:, None]


class _Histograms(nn.Module):
    """Values of the coefficients near each block, held against those of the whole picture: 1/8 of the side."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("basis", _transform()[1 : FREQUENCIES + 1].clone())
        self.register_buffer("bins", torch.arange(BINS, dtype=torch.float32)[None, :, None, None])
        self.embed = _step(FREQUENCIES * (BINS + 1), 32, 1)
        self.mix = _step(32 * 4, width, 1)

    def forward(self, luma: Tensor) -> Tensor:
        size = functional.conv2d(luma, self.basis, stride=8).abs()
        near = (1 - (size[:, :, None] - self.bins).abs()).clamp(min=0)
        beyond = (size[:, :, None] - BINS + 1).clamp(0, 1)
        e = self.embed(torch.cat([near, beyond], dim=2).flatten(1, 2))
        local = functional.avg_pool2d(e, 5, stride=1, padding=2, count_include_pad=False)
        whole = e.mean((2, 3), keepdim=True)
        return torch.as_tensor(self.mix(torch.cat([e, local, local - whole, whole.expand_as(e)], dim=1)))


class _Grid(nn.Module):
    """How strong the steps between pixels are at each of the eight phases, down and across: 16 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("across", torch.tensor([1.0, -3, 3, -1])[None, None, None])
        columns = torch.zeros(8, 1, 8, 8)
        columns[range(8), 0, :, range(8)] = 1 / 8
        self.register_buffer("columns", columns)

    def forward(self, luma: Tensor) -> Tensor:
        wide = functional.pad(luma, (1, 2, 1, 2), mode="replicate")
        along = functional.conv2d(wide[:, :, 1:-2], self.across).abs().clamp(max=24)
        down = functional.conv2d(wide[:, :, :, 1:-2], self.across.transpose(2, 3)).abs().clamp(max=24)
        x = functional.conv2d(along, self.columns, stride=8)
        y = functional.conv2d(down, self.columns.transpose(2, 3), stride=8)
        both = torch.cat([x, y], dim=1)
        level = functional.avg_pool2d(both, 5, stride=1, padding=2, count_include_pad=False)
        return torch.log1p(torch.cat([both, level], dim=1))


def _residuals() -> Tensor:
    """Five high-pass kernels of 5 x 5: second and third differences, the square ones of Fridrich and Kodovsky."""
    kernels = torch.zeros(5, 5, 5)
    kernels[0, 2, 1:4] = torch.tensor([1.0, -2, 1]) / 2
    kernels[1, 1:4, 2] = torch.tensor([1.0, -2, 1]) / 2
    kernels[2, 1:4, 1:4] = torch.tensor([[-1.0, 2, -1], [2, -4, 2], [-1, 2, -1]]) / 4
    edge = torch.tensor([-1.0, 2, -2, 2, -1])
    kernels[3] = torch.outer(edge, edge) / 12
    kernels[4, 2] = torch.tensor([1.0, -4, 6, -4, 1]) / 6
    return kernels[:, None]


class _Noise(nn.Module):
    """Residuals of luma, 5 channels, and their level and how many are next to nothing at 1/8 of the side, 10."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernels", _residuals())

    def forward(self, luma: Tensor) -> tuple[Tensor, Tensor]:
        r = functional.conv2d(functional.pad(luma, (2, 2, 2, 2), mode="replicate"), self.kernels)
        size = r.abs()
        level = torch.log1p(functional.avg_pool2d(size, 8))
        return r, torch.cat([level, functional.avg_pool2d((1 - size).clamp(min=0), 8)], dim=1)


class SpliceNet(nn.Module):
    """N x 3 x H x W in [0, 1] to the map of logits, N x H/4 x W/4, and a logit a picture.

    A picture's logit is the highest place of its map while training, afterwards a mean over places in which high ones
    weigh more: the highest of all grows with a picture's size.
    """

    def __init__(self, design: Design, *, packaged: bool = False) -> None:
        super().__init__()
        self.design = design
        width, eighth, quarter = design.width, 3, 0
        if design.histograms:
            self.histograms = _Histograms(width)
            eighth += width
        if design.grid:
            self.grid = _Grid()
            eighth += 32
        if design.noise:
            self.noise = _Noise()
            eighth += 10
        if design.fine:
            self.to_half, self.to_quarter = _step(8, 12, stride=2), _step(12, 24, stride=2)
            self.to_eighth = _step(24, width, stride=2)
            eighth, quarter = eighth + width, quarter + 24
        if design.scene:
            trunk = net.Lite0(net.packaged() if packaged else None)
            self.stem, self.blocks = trunk.stem, nn.ModuleList(list(trunk.blocks)[: design.deep])
            eighth, quarter = eighth + 40, quarter + 24
        low = width * 3 // 2
        self.join = nn.Sequential(_step(eighth, width, 1), _Unit(width))
        self.low = nn.Sequential(_step(width, low), _Unit(low), _Unit(low, dilation=2))
        self.up = nn.Sequential(_step(low * 2 + width, width, 1), _Unit(width))
        self.coarse = nn.Conv2d(width, 1, 1)
        if quarter:
            self.draw = nn.Sequential(_step(width + quarter, 24, 1), _step(24, 16), nn.Conv2d(16, 1, 3, padding=1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        r, g, b = (x[:, i : i + 1] * 255 for i in range(3))
        luma = 0.299 * r + 0.587 * g + 0.114 * b - 128
        planes = torch.cat([luma, (b - luma - 128) * 0.564, (r - luma - 128) * 0.713], dim=1) / 64
        eighth, quarter = [functional.avg_pool2d(planes, 8)], []
        if self.design.histograms:
            eighth.append(self.histograms(luma))
        if self.design.grid:
            eighth.append(self.grid(luma))
        residuals, levels = self.noise(luma) if self.design.noise else (planes[:, :0], planes[:, :0])
        if self.design.noise:
            eighth.append(levels)
        if self.design.fine:
            fine = self.to_quarter(self.to_half(torch.cat([residuals.clamp(-6, 6) / 3, planes], dim=1)))
            quarter.append(fine)
            eighth.append(self.to_eighth(fine))
        if self.design.scene:
            shallow, deep = self._scene(x)
            quarter.append(shallow)
            eighth.append(deep)
        e = self.join(torch.cat(eighth, dim=1))
        low = self.low(functional.avg_pool2d(e, 2))
        low = torch.cat([low, low.mean((2, 3), keepdim=True).expand_as(low)], dim=1)
        e = self.up(torch.cat([functional.interpolate(low, scale_factor=2.0, mode="nearest"), e], dim=1))
        logits = functional.interpolate(self.coarse(e), scale_factor=2.0, mode="bilinear", align_corners=False)
        if quarter:
            e = functional.interpolate(e, scale_factor=2.0, mode="nearest")
            logits = logits + self.draw(torch.cat([e, *quarter], dim=1))
        smooth = functional.avg_pool2d(logits, 5, stride=1, padding=2, count_include_pad=False)
        if self.training:
            return logits[:, 0], smooth.amax((1, 2, 3))
        cells = smooth.flatten(1) * _SHARP
        top = cells.amax(1, keepdim=True)
        mean = torch.log((cells - top).exp().mean(1)) + top[:, 0]
        return logits[:, 0], mean / _SHARP

    def _scene(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = shallow = functional.relu6(self.stem((x - net.MEAN[0]) / net.STD[0]))
        for index, block in enumerate(self.blocks):
            y = block(y)
            if index == 2:
                shallow = y
        return shallow, y
