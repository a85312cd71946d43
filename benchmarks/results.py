"""One line for each measurement: what was measured, what came out, what it may be."""

from __future__ import annotations

from dataclasses import dataclass, field

_WORDS = {True: "kept", False: "MISSED", None: ""}


@dataclass
class Table:
    """Collects lines; `failed` says whether one of them missed its target, `large` whether minutes are granted."""

    large: bool = False
    lines: list[tuple[str, str, str, bool | None]] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str = "", target: float | None = None) -> None:
        """A measurement, and the most it may be."""
        kept = None if target is None else value <= target
        shown = f"{value:.2f}" if value < 10 else f"{value:.0f}"
        self.lines.append((what, f"{shown} {unit}".strip(), "" if target is None else f"<= {target:g}", kept))
        print(self._line(self.lines[-1]), flush=True)

    @property
    def failed(self) -> bool:
        """Whether a measurement missed its target."""
        return any(kept is False for *_rest, kept in self.lines)

    def markdown(self) -> str:
        """The table for a document."""
        rows = [f"| {what} | {value} | {target} | {_WORDS[kept]} |" for what, value, target, kept in self.lines]
        return "\n".join(["| what | measured | target | |", "|---|---|---|---|", *rows])

    @staticmethod
    def _line(line: tuple[str, str, str, bool | None]) -> str:
        what, value, target, kept = line
        return f"{what:72} {value:>12} {target:>10} {_WORDS[kept]}"
