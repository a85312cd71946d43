"""An evaluation as one HTML page that needs nothing beside it: no script, nothing fetched, everything escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from touchstone.check.evaluate import Measured, Source, Together
from touchstone.check.evaluate_kept import Evaluation, Model, document
from touchstone.export import evaluation_charts, html, write
from touchstone.paths import resources
from touchstone.report import Witness
from touchstone.texts import _, detectors, direction, evaluation, formats, language
from touchstone.texts.plain import plain

_NAME = 80
_MOST_SOURCES = 400
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def save(found: Evaluation, path: Path) -> None:
    """Write an evaluation as HTML or JSON, as the ending of `path` says. What stood there is replaced.

    Raises:
        ExportError: it could not be written; what stood there is untouched.
    """
    refuse_unwritable(path)
    if path.suffix.lower() == ".json":
        text = json.dumps(document(found), indent=2, allow_nan=False) + "\n"
    else:
        text = render(found)
    write.replace(path, text.encode("utf-8", "backslashreplace"))


def refuse_unwritable(path: Path) -> None:
    """See before the work that an evaluation can be written to `path`.

    Raises:
        ExportError: it cannot.
    """
    if path.suffix.lower() not in {".html", ".json"}:
        raise write.ExportError(write.ExportTrouble.NO_FORMAT, path)
    write.refuse_unwritable(path)


def render(found: Evaluation) -> str:
    """The whole page."""
    models = {model.task: model for model in found.models}
    sections = [_detector(one, models.get(one.witness), f"d{i}") for i, one in enumerate(found.detectors)]
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{escape(language())}" dir="{direction()}">',
            _head(found),
            "<body>",
            '<main class="page">',
            _top(found),
            *sections,
            *_together(found.together),
            _set(found),
            _proof(found),
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def style() -> str:
    """The style sheet: that of reports, and what figures and tables need beyond it."""
    return html.style() + (resources() / "export" / "evaluation.css").read_text(encoding="utf-8")


def _head(found: Evaluation) -> str:
    title = _("{headline} · {name}").format(headline=evaluation.headline(found), name=plain(found.name, _NAME))
    return (
        '<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style()}</style></head>"
    )


def _top(found: Evaluation) -> str:
    made = _("Evaluation of {moment}").format(moment=formats.moment(found.created))
    return (
        f'<header class="top"><span class="brand">Touchstone</span><span>{escape(made)}</span></header>'
        f'<section class="card answer ink"><div class="said">'
        f'<h1 dir="auto">{escape(evaluation.headline(found))}</h1>'
        f'<p class="meaning" dir="auto">{escape(evaluation.meaning())}</p>'
        f'<p class="name"><bdi>{escape(plain(found.name, _NAME))}</bdi></p>'
        f'<p class="line">{escape(evaluation.label_counts(found.labels))}</p></div></section>'
    )


def _detector(one: Measured, model: Model | None, key: str) -> str:
    witness = Witness(one.witness)
    charts = evaluation_charts.roc(one, f"{key}-roc") + evaluation_charts.reliability(one, f"{key}-reliability")
    return (
        f'<section class="block"><h2>{escape(_("Detector: {subject}").format(subject=detectors.subject(witness)))}</h2>'
        f'<p class="rests">{escape(_model(model))}</p>'
        f"{_notes(evaluation.notes(one))}"
        f"{_facts(evaluation.rows(one))}"
        f"{_charts(charts, one) if charts else ''}"
        f"{_decisions(one)}{_reasons(one)}"
        f"{_contents(one)}"
        f"{_sources(_('Untouched pictures, by source'), one.untouched_sources)}"
        f"{_sources(_('Pictures to be found, by source'), one.positive_sources)}"
        "</section>"
    )


def _model(model: Model | None) -> str:
    if model is None:
        return ""
    return _("Model {name} {version}, SHA-256 {hash}").format(
        name=plain(model.id, _NAME), version=plain(model.version, 40), hash=model.sha256
    )


def _charts(charts: str, one: Measured) -> str:
    said = [evaluation.roc_description(one), evaluation.reliability_description(one)] if one.curve else []
    titles = [evaluation.roc_title(), evaluation.reliability_title()]
    captions = "".join(
        f"<p><b>{escape(title)}.</b> {escape(text)}</p>" for title, text in zip(titles, said, strict=False)
    )
    return (
        f'<figure class="charts"><div>{charts}</div>'
        f'<figcaption class="words" aria-hidden="true">{captions}</figcaption></figure>'
    )


def _decisions(one: Measured) -> str:
    names = {"untouched": _("Untouched"), "positive": _("To be found")}
    heads = (_("Kind"), _("Signs found"), _("No signs found"), _("Inconclusive"))
    body = [
        (names[kind], *(formats.whole(counts[d]) for d in ("signs", "none", "inconclusive")))
        for kind, counts in one.confusion.items()
    ]
    return _table(_("What it decided"), heads, body)


def _reasons(one: Measured) -> str:
    body = [(evaluation.undecided(one.witness, why), formats.whole(count)) for why, count in one.reasons.items()]
    return _table(_("Why pictures were left undecided"), (_("Reason"), _("Pictures")), body)


def _contents(one: Measured) -> str:
    body = [(plain(name, _NAME) or "–", evaluation.number(auc)) for name, auc in one.auc_by_content.items()]
    return _table(_("Told apart inside each kind of content"), (_("Content"), _("AUC")), body)


def _sources(title: str, sources: Sequence[Source]) -> str:
    """The sources of one class, the most flagged first, with a bar for the share that is flagged."""
    if not sources:
        return ""
    with_auc = any(source.auc is not None for source in sources)
    heads = (_("Source"), _("Pictures"), _("Flagged"), _("At or above the limit"), _("Decided"))
    rows = "".join(_source(source, with_auc=with_auc) for source in sources[:_MOST_SOURCES])
    left = len(sources) - _MOST_SOURCES
    more = f'<p class="rests">{escape(_("{count} more in the JSON").format(count=left))}</p>' if left > 0 else ""
    return f"{_open_table(title, (*heads, _('AUC')) if with_auc else heads)}{rows}</tbody></table></div>{more}"


def _source(source: Source, *, with_auc: bool) -> str:
    cells = [
        formats.whole(source.pictures),
        None,
        evaluation.percent(source.above),
        evaluation.percent(source.decided),
        *([evaluation.number(source.auc)] if with_auc else []),
    ]
    flagged = (
        f'<td class="number share"><span>{escape(evaluation.percent(source.signs))}</span>'
        f'<i style="inline-size:{source.signs * 100:.1f}%"></i></td>'
    )
    said = "".join(flagged if cell is None else f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f'<tr><th scope="row"><bdi>{escape(plain(source.name, _NAME))}</bdi></th>{said}</tr>'


def _table(title: str, heads: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table whose first column names each row; nothing where it has none."""
    rows = "".join(
        f'<tr><th scope="row"><bdi>{escape(row[0])}</bdi></th>'
        + "".join(f'<td class="number">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in body
    )
    return f"{_open_table(title, heads)}{rows}</tbody></table></div>" if rows else ""


def _open_table(title: str, heads: Sequence[str]) -> str:
    first, *others = (escape(head) for head in heads)
    columns = "".join(f'<th scope="col" class="number">{head}</th>' for head in others)
    return (
        f'<div class="table"><table><caption>{escape(title)}</caption>'
        f'<thead><tr><th scope="col">{first}</th>{columns}</tr></thead><tbody>'
    )


def _together(found: Together | None) -> list[str]:
    if found is None:
        return []
    return [
        (
            f'<section class="block"><h2>{escape(_("All detectors together"))}</h2>'
            f"{_facts(evaluation.together_rows(found))}</section>"
        )
    ]


def _set(found: Evaluation) -> str:
    rows = [
        (_("Pictures and labels (SHA-256)"), found.set_sha256),
        (_("Evaluated by"), plain(found.application, _NAME)),
        (_("Date"), formats.moment(found.created)),
    ]
    return f'<section class="block"><h2>{escape(_("What it was measured on"))}</h2>{_facts(rows)}</section>'


def _proof(found: Evaluation) -> str:
    text = json.dumps(document(found), indent=1, allow_nan=False)
    summary = escape(_("The figures as JSON"))
    return (
        f'<footer class="proof"><p class="code">SHA-256 {sha256(text.encode()).hexdigest()}</p>'
        f'<details><summary>{summary}</summary><pre class="code">{escape(text)}</pre></details></footer>'
    )


def _notes(said: Sequence[str]) -> str:
    listed = "".join(f'<li dir="auto">{escape(note)}</li>' for note in said)
    return f'<ul class="conflicts">{listed}</ul>' if listed else ""


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    listed = "".join(f"<div><dt>{escape(label)}</dt><dd><bdi>{escape(value)}</bdi></dd></div>" for label, value in rows)
    return f'<dl class="facts">{listed}</dl>'
