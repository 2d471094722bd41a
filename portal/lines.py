"""The lines of the facility list as HTML, put together without the template engine.

Fifty lines of nine values each cost five times as much CPU in a template as here (`python -m bench.pages`), and lists are what
staff open most. What depends on the result alone is kept: few results differ among many facilities, and nothing but the
result itself decides what the words are.
"""

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from portal.queries.facility_list import Row
from portal.queries.gates import Standing
from portal.templatetags.ui import icon, pips, tier_mark
from portal.wording import TIER_NAMES

_LINE = (
    '<tr><th scope="row"><a class="b" href="{url}" hx-boost="false">{name}</a><span class="sub">{code}</span></th>'
    '<td data-l="街道、社区">{street}<span class="sub">{community}</span></td>'
    '<td data-l="类型与状态">{type}<span class="sub">{lifecycle}</span></td>{result}</tr>'
)
_UNJUDGED = (
    '<td data-l="测算等级"><span class="muted">未测算</span></td>'
    '<td data-l="离下一等级"><span class="muted">不在测算范围</span></td>'
)
_CHANGES = {1: ("pass", "arrow-up"), -1: ("fail", "arrow-down")}


def facility_lines(rows: Iterable[Row]) -> SafeString:
    """`<tr>` after `<tr>`; every text of the registry is escaped."""
    base = reverse("portal:facilities")
    # Safe: `_line` escapes every text of the registry; the rest are constants of this file.
    return mark_safe("".join(_line(row, base) for row in rows))  # noqa: S308  (escaped in _line)


def _line(row: Row, base: str) -> str:
    facility, place = row.facility, row.place
    return _LINE.format(
        url=f"{base}{facility.uuid}/",
        name=escape(facility.name),
        code=escape(facility.code),
        street=escape(place.street),
        community=escape(place.community),
        type=row.type_label,
        lifecycle=row.lifecycle_label,
        result=_result(row.standing) if row.standing else _UNJUDGED,
    )


@lru_cache(maxsize=4096)
def _result(standing: Standing) -> str:
    """Tier and its change, what is lacking for the next and what to do first."""
    step = escape(standing.next_step) if standing.target else ""
    sensitive = f'<span class="tag t-warn">{icon("scale")}随读法变化</span>' if standing.is_sensitive else ""
    return (
        f'<td data-l="测算等级"><div>{tier_mark(standing.tier)}{_change(standing)}</div></td>'
        f'<td data-l="离下一等级"><div>{pips(standing.outcomes)} {escape(standing.sentence)}'
        f'<span class="sub">{step}</span></div>{sensitive}</td>'
    )


def _change(standing: Standing) -> str:
    if standing.change not in _CHANGES:
        return ""
    tone, arrow = _CHANGES[standing.change]
    return f'<span class="sub {tone}">{icon(arrow)}上季度{TIER_NAMES[standing.previous]}</span>'
