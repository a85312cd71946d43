"""A report as one HTML page that needs nothing beside it: no script, nothing fetched, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from touchstone.export import detected, icons, page, palette, png
from touchstone.export.detected import Figure, Plot
from touchstone.export.page import Entry, Fact, Page, Source
from touchstone.paths import resources
from touchstone.report import Picture, Report
from touchstone.texts import _, direction, language

# The page may show its own pictures and its own style, and nothing else; whoever opens it is asked for nothing.
_CODE = ' class="code"'
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: Report, pictures: Mapping[str, Picture]) -> str:
    """The whole page."""
    made = page.build(report, pictures)
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{escape(language())}" dir="{direction()}">',
            _head(made),
            "<body>",
            '<main class="page">',
            _top(made),
            _card(made),
            *_contradictions(made.conflicts),
            _section(_("What each witness says"), "".join(map(_entry, made.entries)) or _paragraph(_("Nothing."))),
            *_left_open(made),
            _section(_("The file"), _facts(made.file)),
            _section(_("How it was checked"), "".join(map(_paragraph, made.made))),
            _proof(made),
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def style() -> str:
    """The style sheet: both palettes, then the layout."""
    layout = (resources() / "export" / "report.css").read_text(encoding="utf-8")
    light, dark = palette.LIGHT.variables(), palette.DARK.variables()
    # On paper the light palette holds, whatever the screen shows.
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{layout}"


def _head(made: Page) -> str:
    title = _("{headline} · {name}").format(headline=made.headline, name=made.name)
    return (
        '<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style()}</style></head>"
    )


def _top(made: Page) -> str:
    return (
        f'<header class="top"><span class="brand">Touchstone</span>'
        f"<span>{escape(_('Report of {moment}').format(moment=made.created))}</span></header>"
    )


def _card(made: Page) -> str:
    picture = "" if made.picture is None else f'<div class="picture">{_image(made.picture)}</div>'
    return (
        f'<section class="card answer {made.tone}">{picture}<div class="said">'
        f'<p class="word">{icons.svg(made.answer, 20)}<span>{escape(made.answer_word)}</span></p>'
        f'<h1 dir="auto">{escape(made.headline)}</h1><p class="meaning" dir="auto">{escape(made.meaning)}</p>'
        f'<p class="name"><bdi>{escape(made.name)}</bdi></p><p class="line">{escape(made.line)}</p>'
        "</div></section>"
    )


def _contradictions(conflicts: Iterable[str]) -> list[str]:
    listed = "".join(f'<li dir="auto">{escape(said)}</li>' for said in conflicts)
    return [_section(_("What contradicts what"), f'<ul class="conflicts">{listed}</ul>')] if listed else []


def _entry(entry: Entry) -> str:
    sources = "".join(map(_source, entry.sources))
    return (
        f'<article class="witness"><h3>{escape(entry.name)}</h3><div>'
        f'<p class="sentence" dir="auto">{escape(entry.said)}</p>'
        f"{_facts(entry.facts) if entry.facts else ''}"
        f"{'' if entry.plot is None else _plot(entry.plot)}{''.join(map(_figure, entry.figures))}"
        f"{_history(sources) if sources else ''}"
        f'<p class="rests" dir="auto">{escape(entry.rests_on)}</p></div></article>'
    )


def _figure(figure: Figure) -> str:
    picture = figure.picture
    return (
        f'<figure><img src="{png.data_url(picture)}" width="{picture.width}" height="{picture.height}"'
        f' alt="{escape(figure.said)}"><figcaption dir="auto">{escape(figure.caption)}</figcaption></figure>'
    )


def _plot(plot: Plot) -> str:
    """The frames of a clip as inline SVG; times run from left to right, whatever the language."""
    left, room = 8, 20
    size = f"0 0 {plot.width + 2 * left} {plot.height + room + 8}"
    line = "" if plot.limit is None else f'<path class="limit" d="M0 {plot.limit:.1f}H{plot.width}"/>'
    dots = "".join(
        f'<circle class="{"above" if above else "below"}" cx="{x:.1f}" cy="{y:.1f}" r="{3.5 if above else 2.5}"/>'
        for (x, y), above in zip(plot.points, plot.above, strict=True)
    )
    anchors = ["start", *["middle"] * (len(plot.ticks) - 2), "end"]
    ticks = "".join(
        f'<text x="{x:.1f}" y="{plot.height + room}" text-anchor="{anchor}">{escape(said)}</text>'
        for (x, said), anchor in zip(plot.ticks, anchors, strict=True)
    )
    return (
        f'<figure><svg class="plot" viewBox="{size}" role="img" aria-label="{escape(plot.said)}" direction="ltr">'
        f'<g transform="translate({left} 4)"><path class="axis" d="M0 {plot.height}H{plot.width}"/>{line}'
        f'<polyline points="{detected.path(plot.points)}"/>{dots}{ticks}</g></svg>'
        f'<figcaption dir="auto">{escape(plot.caption)}</figcaption></figure>'
    )


def _history(sources: str) -> str:
    return f'<h4>{escape(_("What went into it"))}</h4><ul class="sources">{sources}</ul>'


def _source(source: Source) -> str:
    picture = "" if source.picture is None else _image(source.picture)
    kind = ' class="alarming"' if source.alarming else ""
    return (
        f'<li{kind} style="--depth:{source.depth - 1}"><span class="small">{picture}</span>'
        f"<span><bdi>{escape(source.title)}</bdi><br><small>{escape(source.said)}</small></span></li>"
    )


def _left_open(made: Page) -> list[str]:
    rows = "".join(
        f"<div><dt>{escape(witnesses)}</dt><dd>{escape(why)}</dd></div>" for witnesses, why in made.left_open
    )
    return [_section(_("Not checked, and why"), f'<dl class="open">{rows}</dl>')] if rows else []


def _facts(facts: Iterable[Fact]) -> str:
    rows = "".join(
        f"<div><dt>{escape(fact.label)}</dt><dd{_CODE if fact.code else ''}><bdi>{escape(fact.value)}</bdi></dd></div>"
        for fact in facts
    )
    return f'<dl class="facts">{rows}</dl>'


def _proof(made: Page) -> str:
    warning = _(
        "Anybody can write a page like this one. What counts is the report as JSON, whose SHA-256 is below: check the"
        " file again with it (touchstone recheck report.json FILE)."
    )
    return (
        f'<footer class="proof"><p>{escape(warning)}</p><p class="code">{made.json_hash}</p>'
        f"<details><summary>{escape(_('The report as JSON'))}</summary>"
        f'<pre class="code">{escape(made.json)}</pre></details></footer>'
    )


def _section(title: str, body: str) -> str:
    return f'<section class="block"><h2>{escape(title)}</h2>{body}</section>'


def _paragraph(said: str) -> str:
    return f'<p dir="auto">{escape(said)}</p>'


def _image(picture: Picture) -> str:
    return f'<img src="{png.data_url(picture)}" width="{picture.width}" height="{picture.height}" alt="">'
