"""One icon for each answer, as strokes on a grid of 24, drawn by both the HTML page and the PDF.

A shape is a list of strokes: `M x y` moves, `L x y` draws a line, `C x1 y1 x2 y2 x y` a curve, `Z` closes, and
`O x y r` is a circle. That is the path syntax of SVG, circles aside.
"""

from __future__ import annotations

from collections.abc import Iterator

from touchstone.report import Answer

GRID = 24
STROKE = 1.5

_PEOPLE = (
    "O 8.5 8.5 3.25 M 2.5 19 C 3.3 15.6 5.8 14.2 8.5 14.2 C 11.2 14.2 13.7 15.6 14.5 19"
    " M 15.2 5.5 C 19.4 5.2 19.8 11.4 15.6 11.7 M 17 14.4 C 19.2 14.9 20.8 16.4 21.5 19"
)
_TRIANGLE = "M 12 4 L 21.2 19.5 L 2.8 19.5 Z M 12 9.8 L 12 14 O 12 16.7 0.35"
_SPARKLE = (
    "M 10.5 4 C 11.1 9.4 12.6 11 18 12 C 12.6 13 11.1 14.6 10.5 20 C 9.9 14.6 8.4 13 3 12 C 8.4 11 9.9 9.4 10.5 4 Z"
    " M 18.5 3 L 18.5 7.5 M 16.25 5.25 L 20.75 5.25"
)
_PEN = "M 3.5 20.5 L 5 15.5 L 16 4.5 L 19.5 8 L 8.5 19 Z M 13.2 7.3 L 16.7 10.8"
_BOOK = (
    "M 12 6.5 C 11 5.2 9.4 4.8 3.5 4.8 L 3.5 18 C 9.4 18 11 18.4 12 19.8 C 13 18.4 14.6 18 20.5 18 L 20.5 4.8"
    " C 14.6 4.8 13 5.2 12 6.5 L 12 19.5"
)
_OVERLAP = "O 9 12 5.75 O 15 12 5.75"
_SHEET = "M 5.5 3.5 L 13.5 3.5 L 18.5 8.5 L 18.5 20.5 L 5.5 20.5 Z M 13.5 3.5 L 13.5 8.5 L 18.5 8.5 M 9 14.5 L 15 14.5"
_QUESTION = "O 12 12 8.75 M 9.4 10 C 9.3 6.7 14.7 6.7 14.6 10 C 14.5 12 12 11.8 12 14 O 12 16.8 0.35"

SHAPES = {
    Answer.REFUTED: _PEOPLE,
    Answer.DOUBTFUL: _TRIANGLE,
    Answer.DECLARED_AI: _SPARKLE,
    Answer.UPHELD: _PEOPLE,
    Answer.TRACED: _PEN,
    Answer.REGISTERED: _BOOK,
    Answer.SIGNED_UNKNOWN: _PEN,
    Answer.SIMILAR: _OVERLAP,
    Answer.UNREADABLE: _SHEET,
    Answer.NO_PROOF: _QUESTION,
}
_NUMBERS = {"M": 2, "L": 2, "C": 6, "Z": 0, "O": 3}


def strokes(answer: Answer) -> Iterator[tuple[str, tuple[float, ...]]]:
    """The commands of an answer's icon with their numbers."""
    words = iter(SHAPES[answer].split())
    for command in words:
        yield command, tuple(float(next(words)) for _ in range(_NUMBERS[command]))


def svg(answer: Answer, size: int) -> str:
    """The icon as inline SVG in the colour of the text around it."""
    path: list[str] = []
    circles: list[str] = []
    for command, numbers in strokes(answer):
        if command == "O":
            circles.append('<circle cx="{:g}" cy="{:g}" r="{:g}"/>'.format(*numbers))
        else:
            path.append(command + " ".join(f"{n:g}" for n in numbers))
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 {GRID} {GRID}" fill="none" stroke="currentColor"'
        f' stroke-width="{STROKE}" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<path d="{"".join(path)}"/>{"".join(circles)}</svg>'
    )
