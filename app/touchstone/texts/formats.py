"""Dates, sizes and counts as a person reads them. Whatever is not one stays as it is, made plain."""

from __future__ import annotations

from datetime import datetime

from touchstone.texts import _, ngettext
from touchstone.texts.plain import plain

_BYTES_STEP = 1000


def day(moment: object) -> str:
    """The day of an ISO 8601 moment, in local time: `12 March 2026`. Empty for an empty one."""
    local = _local(moment)
    return plain(moment, 40) if local is None else _day(local)


def moment(value: object) -> str:
    """An ISO 8601 moment in local time, with its time zone: `12 March 2026, 14:05 CET`."""
    local = _local(value)
    if local is None:
        return plain(value, 40)
    return _("{day}, {time} {zone}").format(
        day=_day(local), time=local.strftime("%H:%M"), zone=local.tzname() or local.strftime("UTC%z")
    )


def minute(value: object) -> str:
    """An ISO 8601 moment in local time, for a place that may be narrow: `12 March 2026, 14:05`."""
    local = _local(value)
    if local is None:
        return plain(value, 40)
    return _("{day}, {time}").format(day=_day(local), time=local.strftime("%H:%M"))


def whole(value: object) -> str:
    """A whole number, its thousands apart by a narrow space: `12 345`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return plain(value, 40)
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def size(count: int) -> str:
    """A number of bytes: `3.4 MB`."""
    if count < _BYTES_STEP:
        return ngettext("{count} byte", "{count} bytes", count).format(count=count)
    units = (_("kB"), _("MB"), _("GB"), _("TB"))
    amount, unit = count / _BYTES_STEP, 0
    while round(amount, 1) >= _BYTES_STEP and unit < len(units) - 1:
        amount, unit = amount / _BYTES_STEP, unit + 1
    return _("{amount} {unit}").format(amount=f"{amount:.1f}", unit=units[unit])


def length(seconds: float) -> str:
    """How long something plays: `1:02:03`, `4:05`, or `0.8 s`."""
    if seconds < 1:
        return _("{seconds} s").format(seconds=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def took(milliseconds: int) -> str:
    """How long a witness took: `13 ms`, `2.5 s`."""
    if milliseconds < _BYTES_STEP:
        return _("{count} ms").format(count=milliseconds)
    return _("{seconds} s").format(seconds=f"{milliseconds / _BYTES_STEP:.1f}")


def in_hundred(rate: float) -> str:
    """A rate as a count of a hundred: `3 in 100`, `fewer than 1 in 100`."""
    count = round(rate * 100)
    return _("{count} in 100").format(count=count) if count else _("fewer than 1 in 100")


def _local(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone() if found is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _day(local: datetime) -> str:
    months = (
        _("January"),
        _("February"),
        _("March"),
        _("April"),
        _("May"),
        _("June"),
        _("July"),
        _("August"),
        _("September"),
        _("October"),
        _("November"),
        _("December"),
    )
    return _("{day} {month} {year}").format(day=local.day, month=months[local.month - 1], year=local.year)
