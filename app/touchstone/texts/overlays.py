"""The words beside what detectors draw: layers over a picture, and the frames of a clip along time."""

from __future__ import annotations

from touchstone.texts import _, formats, ngettext

_CLOSE = 0.1  # a score this near to the limit is called close to it


def layer_name(layer: str) -> str:
    """What a layer is called on the button that shows it."""
    return {
        "": _("Nothing"),
        "ai-image": _("Generation"),
        "forensic": _("Forensic traces"),
        "splice": _("Splice"),
        "face": _("Faces"),
    }.get(layer, _("Other"))


def layer_meaning(layer: str, *, heat: bool, boxes: int) -> str:
    """What the colours and frames of a layer mean, in a sentence or two."""
    said = []
    if heat:
        said.append(
            {
                "ai-image": _(
                    "Coloured places, each looked at alone, look generated: the lighter and yellower, the more so."
                ),
                "splice": _("Coloured places look put in or copied: the lighter and yellower, the more so."),
            }.get(layer, _("Coloured places drove the estimate: the lighter and yellower, the more so."))
        )
        if not boxes:
            said.append(_("Where nothing is drawn, the detector saw little or nothing."))
    if boxes and layer == "face":
        marked = ngettext(
            "The frame marks the face that the detector looked at.",
            "The frames mark the {count} faces that the detector looked at.",
            boxes,
        )
        said.append(marked.format(count=formats.whole(boxes)))
    elif boxes and heat:
        said.append(_("The frame marks the part of the picture that drove the score most; only that part is mapped."))
    elif boxes:
        said.append(_("The frame marks the part of the picture that drove the score most."))
    return " ".join(said)


def caution() -> str:
    """What a map is worth."""
    return _("A map is a hint where to look. It is not proof, and it can point at the wrong place.")


def nothing() -> str:
    """What to say of a map in which nothing is drawn."""
    return _("Nothing stands out in this map.")


def not_kept() -> str:
    """What to say where a finding names a map that is not at hand."""
    return _("The map is not kept with the report. Check the file again to see it.")


def strength(percent: int) -> str:
    """How strong a layer is drawn, for a screen reader."""
    return _("{count} of 100").format(count=percent)


def where(layer: str, place: tuple[float, float] | None) -> str:
    """Where a map is strongest, for who cannot see it; `place` is across and down, 0 to 1."""
    if place is None:
        return _("{layer}: nothing stands out.").format(layer=layer_name(layer))
    across, down = place
    column = _("left") if across < 1 / 3 else _("right") if across > 2 / 3 else _("middle")
    row = _("top") if down < 1 / 3 else _("bottom") if down > 2 / 3 else _("middle")
    if column == row:
        return _("{layer}: strongest in the middle.").format(layer=layer_name(layer))
    return _("{layer}: strongest at the {row}, {column}.").format(layer=layer_name(layer), row=row, column=column)


def figure(layer: str) -> str:
    """The caption of an exported map."""
    return {
        "ai-image": _("Where the estimate of generation comes from"),
        "splice": _("Where parts look put in or copied"),
        "face": _("The faces that were looked at"),
    }.get(layer, _("What drove the estimate"))


def moment(seconds: float) -> str:
    """A moment of a clip: `0:03.2`, `1:02:03.0`."""
    tenths = max(0, round(seconds * 10))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    clock = f"{minutes}:{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{rest // 10:02}.{rest % 10}" if hours else clock


def standing(score: float, limit: float | None) -> str:
    """Where a frame's score lies, in words: never a number alone."""
    if limit is None:
        return _("there is no limit to hold it against")
    if score >= limit:
        return _("just above the limit") if score - limit < _CLOSE else _("well above the limit")
    return _("just below the limit") if limit - score < _CLOSE else _("well below the limit")


def frame(number: int, count: int, seconds: float, said: str) -> str:
    """One frame of the timeline, as it is read out."""
    return _("Frame {number} of {count}, at {moment}: {said}.").format(
        number=number, count=count, moment=moment(seconds), said=said
    )


def timeline(above: int, count: int) -> str:
    """What the timeline comes to."""
    if not above:
        return ngettext(
            "The {count} frame that was looked at lies below the limit.",
            "All {count} frames that were looked at lie below the limit.",
            count,
        ).format(count=formats.whole(count))
    return ngettext(
        "{above} of {count} frame lies above the limit.", "{above} of {count} frames lie above the limit.", count
    ).format(above=formats.whole(above), count=formats.whole(count))


def limit_line() -> str:
    """What the dashed line of a timeline is."""
    return _("The dashed line is the limit.")


def unlimited_timeline(count: int) -> str:
    """What the timeline comes to where the detector has no limit."""
    return ngettext(
        "{count} frame was looked at. There is no limit to hold it against.",
        "{count} frames were looked at. There is no limit to hold them against.",
        count,
    ).format(count=formats.whole(count))
