"""Visits as a calendar file (RFC 5545): a whole-day entry a visit in the order of the route, with an alarm at eight that day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from assessments.models import Visit

_WIDTH = 70  # bytes of a line before it is folded


def calendar(visits: Iterable[Visit], *, now: datetime) -> str:
    """Name, address and order, and nothing that was reported."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//happyhome//visits//ZH", "METHOD:PUBLISH"]
    for visit in visits:
        second = "（独立复核）" if visit.is_second else ""
        lines += [
            "BEGIN:VEVENT",
            f"UID:{visit.uuid}",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{visit.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{visit.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(f'抽检 {visit.position}. {visit.facility.name}{second}')}",
            f"LOCATION:{_text(visit.facility.address)}",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "TRIGGER:PT8H",
            f"DESCRIPTION:{_text(f'今天抽检：{visit.facility.name}')}",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _text(words: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        words = words.replace(plain, written)
    return words


def _folded(line: str) -> str:
    """Lines of at most 75 bytes; what goes on begins with a space. No character is cut."""
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > _WIDTH:
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part]) + "\r\n"
