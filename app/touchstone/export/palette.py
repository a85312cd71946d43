"""The colours of exported reports: those of the window, held to them by a test."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. Colours are `#rrggbb`; `*_soft` are backgrounds that text of that tone stands on."""

    background: str
    surface: str
    border: str
    text: str
    muted: str
    accent: str
    stone: str
    stone_soft: str
    ink: str
    ink_soft: str
    amber: str
    amber_soft: str
    brick: str
    brick_soft: str

    def variables(self) -> str:
        """The colours as CSS custom properties."""
        return "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in asdict(self).items())

    def tone(self, tone: str) -> tuple[str, str]:
        """The colour of a tone and its soft background."""
        colours = asdict(self)
        return colours[tone], colours[f"{tone}_soft"]


LIGHT = Palette(
    background="#f5f4f0",
    surface="#ffffff",
    border="#dad6cd",
    text="#1c1b19",
    muted="#5a5750",
    accent="#0b6670",
    stone="#56585c",
    stone_soft="#eeedea",
    ink="#1f3a5f",
    ink_soft="#e6ecf4",
    amber="#7d4b00",
    amber_soft="#fbefd9",
    brick="#96291a",
    brick_soft="#fae8e4",
)
DARK = Palette(
    background="#141618",
    surface="#1d2022",
    border="#363b3f",
    text="#eceae5",
    muted="#a8acae",
    accent="#62c3c8",
    stone="#b6babd",
    stone_soft="#2a2e31",
    ink="#a3c2ee",
    ink_soft="#1f2c3e",
    amber="#e9b65f",
    amber_soft="#382c15",
    brick="#f29d8a",
    brick_soft="#3d221d",
)
