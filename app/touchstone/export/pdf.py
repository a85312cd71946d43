"""A report as a PDF: the page of `export.page`, laid out by Qt's rich text on A4.

Qt is loaded with this module, so import it where a PDF is asked for. No display is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from html import escape

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEventLoop,
    QIODevice,
    QMarginsF,
    QRectF,
    QSizeF,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)

from touchstone.export import icons, page, pdf_plot
from touchstone.export.detected import Figure, Plot
from touchstone.export.page import Entry, Fact, Page, Source
from touchstone.export.palette import LIGHT
from touchstone.report import Answer, Picture, Report
from touchstone.texts import _, direction

_MARGINS_MM = (18, 16, 18, 18)
_FOOT_PT = 22  # height kept free for the foot of each page
_HEADING_ROOM_PT = 90
_ICON = 64  # pixels of the icon, drawn larger than it is shown
_LABEL_PERCENT = 24
_INDENT_PERCENT = 6
_PLOT_SHOWN = 0.8  # of its units, in the pixels of the page
_application: QGuiApplication | None = None


class PdfError(Exception):
    """Qt could not write the file."""


def encode(report: Report, pictures: Mapping[str, Picture]) -> bytes:
    """The bytes of the PDF file.

    Raises:
        PdfError: Qt could not write it.
    """
    _ensure_application()
    loop = QEventLoop()  # a layout starts timers, which a thread of Python's own has nobody to keep
    made = page.build(report, pictures)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = _writer(buffer, made)
    document = _document(made, writer)
    _print(document, writer, made)
    buffer.close()
    del document, loop
    found = bytes(data.data())
    if not found.startswith(b"%PDF"):
        raise PdfError
    return found


def _ensure_application() -> None:
    """Fonts need an application. On Linux it can do without a display; elsewhere there always is one."""
    global _application  # noqa: PLW0603 - it must outlive every document
    if QCoreApplication.instance() is None:
        platform = ["-platform", "offscreen"] if sys.platform == "linux" else []
        _application = QGuiApplication(["touchstone", *platform])


def _writer(buffer: QBuffer, made: Page) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setPdfVersion(QPdfWriter.PdfVersion.PdfVersion_1_6)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(*_MARGINS_MM), QPageLayout.Unit.Millimeter)
    writer.setTitle(_("{headline} · {name}").format(headline=made.headline, name=made.name))
    writer.setCreator(made.application)
    return writer


def _document(made: Page, writer: QPdfWriter) -> QTextDocument:
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDefaultFont(_font(10))
    document.setDocumentMargin(0)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # a hash or a long name is never clipped
    right_to_left = direction() == "rtl"
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
    document.setDefaultTextOption(option)
    names = _add_pictures(document, made)
    document.setDefaultStyleSheet(_style(made))
    document.setHtml(_body(made, names))
    document.setPageSize(QSizeF(writer.width(), writer.height() - round(_points(writer, _FOOT_PT))))
    _keep_headings(document, _points(writer, _HEADING_ROOM_PT))
    return document


def _keep_headings(document: QTextDocument, room: float) -> None:
    """Send each heading that has less than `room` below it on its page to the next one."""
    height = document.pageSize().height()
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() == 2:
            below = height - document.documentLayout().blockBoundingRect(block).top() % height
            if below < room:
                form = block.blockFormat()
                form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                QTextCursor(block).setBlockFormat(form)
        block = block.next()


def _print(document: QTextDocument, writer: QPdfWriter, made: Page) -> None:
    width, height = document.pageSize().width(), document.pageSize().height()
    painter = QPainter()
    if not painter.begin(writer):
        raise PdfError
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(context.palette.ColorRole.Text, QColor(LIGHT.text))
    total = document.pageCount()
    for number in range(total):
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, -number * height)
        context.clip = QRectF(0, number * height, width, height)
        painter.setClipRect(context.clip)
        document.documentLayout().draw(painter, context)
        painter.restore()
        _foot(painter, writer, made, f"{number + 1} / {total}")
    painter.end()


def _foot(painter: QPainter, writer: QPdfWriter, made: Page, number: str) -> None:
    line = QRectF(0, writer.height() - _points(writer, 12), writer.width(), _points(writer, 12))
    painter.setFont(_font(7.5))
    painter.setPen(QColor(LIGHT.muted))
    numbers_at = Qt.AlignmentFlag.AlignLeft if direction() == "rtl" else Qt.AlignmentFlag.AlignRight
    name_at = Qt.AlignmentFlag.AlignRight if direction() == "rtl" else Qt.AlignmentFlag.AlignLeft
    painter.drawText(line, numbers_at | Qt.AlignmentFlag.AlignBottom, number)
    room = line.width() * 0.85
    said = painter.fontMetrics().elidedText(f"{made.name} · {made.created}", Qt.TextElideMode.ElideMiddle, int(room))
    painter.drawText(line, name_at | Qt.AlignmentFlag.AlignBottom, said)


def _points(writer: QPdfWriter, points: float) -> float:
    return points * writer.logicalDpiY() / 72


def _font(points: float) -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(points)
    return font


def _style(made: Page) -> str:
    tone, _soft = LIGHT.tone(made.tone)
    mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return (
        f"body{{color:{LIGHT.text}}} p{{margin:0}} h1{{font-size:16pt;font-weight:600;margin:0}}"
        f" h2{{font-size:12.5pt;font-weight:600;margin:0}}"
        f" .muted{{color:{LIGHT.muted}}} .small{{font-size:8.5pt}} .tone{{color:{tone}}} .alarm{{color:{LIGHT.brick}}}"
        f" .code{{font-family:'{mono}';font-size:8.5pt}}"
    )


def _body(made: Page, names: Mapping[int, str]) -> str:
    return "".join(
        (
            "<body>",
            _top(made),
            _card(made, names),
            _conflicts(made.conflicts),
            _block(_("What each witness says"), "".join(_entry(e, names) for e in made.entries)),
            _open(made.left_open),
            _block(_("The file"), _facts(made.file)),
            _block(_("How it was checked"), "".join(map(_note, made.made))),
            _proof(made),
            "</body>",
        )
    )


def _top(made: Page) -> str:
    when = escape(_("Report of {moment}").format(moment=made.created))
    return _row([("<b>Touchstone</b>", 50, "left"), (f'<span class="muted small">{when}</span>', 50, "right")]) + _gap(
        6
    )


def _card(made: Page, names: Mapping[int, str]) -> str:
    tone, _soft = LIGHT.tone(made.tone)
    picture = _picture(made.picture, names, 168, 224)
    said = (
        f'<p><img src="icon" width="15" height="15"> <span class="tone"><b>{escape(made.answer_word)}</b></span></p>'
        f"{_gap(3)}<h1>{escape(made.headline)}</h1>{_gap(4)}<p>{escape(made.meaning)}</p>{_gap(8)}"
        f'<p><b>{escape(made.name)}</b></p><p class="muted small">{escape(made.line)}</p>'
    )
    cells = f'<td width="33%" style="{_padding(16, 8, 16, 16)}">{picture}</td>' if picture else ""
    return (
        f'<table width="100%" cellspacing="0" cellpadding="0" border="0"><tr><td bgcolor="{tone}" colspan="2">'
        f'<p style="font-size:2.5pt">&nbsp;</p></td></tr></table>'
        f'<table width="100%" cellspacing="0" cellpadding="0" border="1" style="border-collapse:collapse;'
        f'border-color:{LIGHT.border};border-style:solid"><tr>'
        f'<td><table width="100%" cellspacing="0" cellpadding="0" border="0"><tr>{cells}'
        f'<td style="{_padding(16, 16, 16, 16)}">{said}</td></tr></table></td></tr></table>'
    )


def _conflicts(conflicts: Iterable[str]) -> str:
    rows = "".join(
        f'<table width="100%" cellspacing="0" cellpadding="0" border="0"><tr><td width="1%" bgcolor="{LIGHT.amber}">'
        f'</td><td width="99%" bgcolor="{LIGHT.amber_soft}" style="{_padding(8, 10, 8, 10)}">{escape(said)}</td></tr>'
        f"</table>{_gap(4)}"
        for said in conflicts
    )
    return _block(_("What contradicts what"), rows) if rows else ""


def _entry(entry: Entry, names: Mapping[int, str]) -> str:
    said = [f"<p>{escape(entry.said)}</p>"]
    if entry.facts:
        said.append(_gap(4) + _facts(entry.facts))
    if entry.sources:
        said.append(f"{_gap(6)}<p><b>{escape(_('What went into it'))}</b></p>{_gap(2)}")
        said += [_source(source, names) for source in entry.sources]
    if entry.rests_on:
        said.append(f'{_gap(3)}<p class="muted small">{escape(entry.rests_on)}</p>')
    if entry.plot is not None:
        said.append(_plot(entry.plot, names))
    said += [_figure(figure, names) for figure in entry.figures]
    return _labelled(f"<b>{escape(entry.name)}</b>", "".join(said), 10) + _line()


def _figure(figure: Figure, names: Mapping[int, str]) -> str:
    picture = _picture(figure.picture, names, 300, 240)
    return f'{_gap(8)}<p>{picture}</p>{_gap(2)}<p class="muted small">{escape(figure.caption)}</p>'


def _plot(plot: Plot, names: Mapping[int, str]) -> str:
    width, height = (round(side * _PLOT_SHOWN) for side in pdf_plot.size(plot))
    image = f'<img src="{names[id(plot)]}" width="{width}" height="{height}">'
    return f'{_gap(8)}<p>{image}</p><p class="muted small">{escape(plot.caption)}</p>'


def _source(source: Source, names: Mapping[int, str]) -> str:
    kind = "alarm" if source.alarming else "muted"
    picture = _picture(source.picture, names, 44, 33)
    indent = f'<td width="{min(_INDENT_PERCENT * (source.depth - 1), 40)}%"></td>' if source.depth > 1 else ""
    cell = f'style="{_padding(4, 0, 4, 0)}"'
    return (
        f'<table width="100%" cellspacing="0" cellpadding="0" border="0"><tr>{indent}'
        f'<td width="12%" {cell}>{picture}</td><td {cell}><p>{escape(source.title)}</p>'
        f'<p class="{kind} small">{escape(source.said)}</p></td></tr></table>'
    )


def _open(left_open: Iterable[tuple[str, str]]) -> str:
    rows = "".join(_labelled(escape(who), escape(why), 6) + _line() for who, why in left_open)
    return _block(_("Not checked, and why"), rows) if rows else ""


def _facts(facts: Iterable[Fact]) -> str:
    return "".join(
        _labelled(
            f'<span class="muted small">{escape(fact.label)}</span>',
            f'<span class="{"code" if fact.code else "small"}">{escape(fact.value)}</span>',
            3,
        )
        for fact in facts
    )


def _note(said: str) -> str:
    return f'<p class="small">{escape(said)}</p>{_gap(3)}'


def _proof(made: Page) -> str:
    warning = _(
        "Anybody can write a page like this one. What counts is the report as JSON, whose SHA-256 is below: check the"
        " file again with it (touchstone recheck report.json FILE)."
    )
    return f'{_gap(14)}<p class="muted small">{escape(warning)}</p>{_gap(2)}<p class="code">{made.json_hash}</p>'


def _block(title: str, body: str) -> str:
    return f"{_gap(18)}<h2>{escape(title)}</h2>{_gap(3)}{_line(LIGHT.text)}{_gap(3)}{body}"


def _labelled(label: str, body: str, padding: int) -> str:
    style = f'style="{_padding(padding, 12, padding, 0)}"'
    return (
        f'<table width="100%" cellspacing="0" cellpadding="0" border="0"><tr><td width="{_LABEL_PERCENT}%" {style}>'
        f'{label}</td><td width="{100 - _LABEL_PERCENT}%" {style}>{body}</td></tr></table>'
    )


def _row(cells: Iterable[tuple[str, int, str]]) -> str:
    made = "".join(f'<td width="{width}%" align="{align}">{body}</td>' for body, width, align in cells)
    return f'<table width="100%" cellspacing="0" cellpadding="0" border="0"><tr>{made}</tr></table>'


def _line(colour: str = LIGHT.border) -> str:
    return (
        f'<table width="100%" cellspacing="0" cellpadding="0" border="0"><tr><td bgcolor="{colour}">'
        '<p style="font-size:0.6pt">&nbsp;</p></td></tr></table>'
    )


def _padding(top: int, right: int, bottom: int, left: int) -> str:
    """Padding of a cell in pixels, side by side: Qt knows no shorthand and no other unit here."""
    return f"padding-top:{top}px;padding-right:{right}px;padding-bottom:{bottom}px;padding-left:{left}px"


def _gap(points: int) -> str:
    return f'<p style="font-size:{points}pt;line-height:100%">&nbsp;</p>'


def _picture(picture: Picture | None, names: Mapping[int, str], width: int, height: int) -> str:
    if picture is None:
        return ""
    scale = min(width / picture.width, height / picture.height)
    size = f'width="{max(1, round(picture.width * scale))}" height="{max(1, round(picture.height * scale))}"'
    return f'<img src="{names[id(picture)]}" {size}>'


def _add_pictures(document: QTextDocument, made: Page) -> dict[int, str]:
    """Give the document its pictures; returns the name of each by the identity of the picture."""
    shown = [made.picture, *(source.picture for entry in made.entries for source in entry.sources)]
    shown += [figure.picture for entry in made.entries for figure in entry.figures]
    names: dict[int, str] = {}
    for picture in shown:
        if picture is None or id(picture) in names:
            continue
        names[id(picture)] = f"picture{len(names)}"
        bytes_per_row = picture.width * 3
        image = QImage(picture.rgb, picture.width, picture.height, bytes_per_row, QImage.Format.Format_RGB888).copy()
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(names[id(picture)]), image)
    for plot in (entry.plot for entry in made.entries):
        if plot is not None:
            names[id(plot)] = f"plot{len(names)}"
            image = pdf_plot.image(plot, document.defaultFont())
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(names[id(plot)]), image)
    icon = _icon(made.answer, LIGHT.tone(made.tone)[0])
    document.addResource(QTextDocument.ResourceType.ImageResource, QUrl("icon"), icon)
    return names


def _icon(answer: Answer, colour: str) -> QImage:
    image = QImage(_ICON, _ICON, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    path = QPainterPath()
    for command, numbers in icons.strokes(answer):
        match command:
            case "M":
                path.moveTo(*numbers)
            case "L":
                path.lineTo(*numbers)
            case "C":
                path.cubicTo(*numbers)
            case "Z":
                path.closeSubpath()
            case "O":
                x, y, radius = numbers
                path.addEllipse(x - radius, y - radius, 2 * radius, 2 * radius)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_ICON / icons.GRID, _ICON / icons.GRID)
    pen = QPen(QColor(colour), icons.STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPath(path)
    painter.end()
    return image
