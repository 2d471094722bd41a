"""Marks and formats that every page shares: `{% load ui %}`. All of them are shown on the page 界面规范 (`portal:components`).

Templates carry no style attributes (strict CSP): sizes of bars and tiles are SVG attributes and classes.
"""

import re
from datetime import date, timedelta
from functools import lru_cache

from django import template
from django.template.loader import get_template, render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from portal.helping import field_help
from portal.templatetags.quick import drawn_once
from portal.wording import (
    DELTA_WORDS,
    OUTCOME_ICONS,
    OUTCOME_NAMES,
    OUTCOME_TONES,
    TIER_NAMES,
    area_text,
    day_text,
    m2_text,
    quarter_text,
    yuan_text,
)
from standards.wording import clause_path

register = template.Library()
register.filter("area", area_text)
register.filter("m2", m2_text)
register.filter("yuan", yuan_text)
register.filter("quarter_text", quarter_text)
register.filter("day", day_text)


@register.filter
def day_before(value: date) -> str:
    """The last day of a span whose end is the first day without."""
    return day_text(value - timedelta(days=1))


@register.filter
def counted(value: int | None) -> str:
    """A number of people or things as 173,157; a dash where nobody counted."""
    return "—" if value is None else f"{value:,}"


@register.filter
def hundredths(value: int) -> str:
    """Points that are kept in 0.01, as 79.66."""
    return f"{value / 100:.2f}"


_SHAPES = {
    2: '<path class="shape-a" d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    1: '<circle class="shape-b" cx="8" cy="8" r="6.6"/>',
    0: '<circle class="shape-c" cx="8" cy="8" r="6"/>',
    None: '<circle class="shape-x" cx="8" cy="8" r="6"/>',
}


@lru_cache(maxsize=256)
def _drawn(name: str, css: str) -> SafeString:
    # Safe: name and class come from our templates and code, never from a request; an unknown name raises.
    return mark_safe(lucide(name, size=18, **{"class": css, "aria_hidden": "true"}))  # noqa: S308  (drawn by lucide)


def icon(name: str, css: str = "i") -> SafeString:
    """A line icon of Lucide by its name. Hidden from screen readers: the words beside it carry the meaning."""
    return _drawn(str(name), str(css))


register.tag("icon", drawn_once(icon))


@register.simple_tag
def shape(tier: int | None) -> SafeString:
    """The bare shape of a tier: ◆ 示范型, ● 普惠型, ○ 未入名录, a dashed ring where it cannot be told."""
    # Safe: constants of this file, looked up by number.
    return mark_safe(f'<svg viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[tier]}</svg>')  # noqa: S308  (constants)


@register.simple_tag
def shape_plain(tier: int) -> SafeString:
    """The shape of a tier in the colour of the text around it, for coloured grounds."""
    # Safe: constants of this file, looked up by number.
    return mark_safe(f'<svg viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[tier].replace("shape-", "plain-")}</svg>')  # noqa: S308  (constants)


@register.simple_tag(name="tier")
def tier_mark(tier: int | None, css: str = "") -> SafeString:
    """Shape and name of a tier. `tier`: 2, 1, 0, or None where facts are missing (未评)."""
    key = None if tier is None else int(tier)
    return format_html(
        '<span class="tier tier-{} {}">{}{}</span>', "x" if key is None else key, css, shape(key), TIER_NAMES[key]
    )


@register.simple_tag
def outcome(value: int, words: str = "") -> SafeString:
    """✓ 达标, ✕ 未达, ! 待确认 as a tag; `words` replace the plain word but not the hidden one."""
    key = int(value)
    spoken = format_html('<span class="vh">{}：</span>{}', OUTCOME_NAMES[key], words) if words else OUTCOME_NAMES[key]
    return format_html('<span class="tag t-{}">{}{}</span>', OUTCOME_TONES[key], icon(OUTCOME_ICONS[key]), spoken)


@register.simple_tag
def pips(outcomes) -> SafeString:
    """One small square a criterion: filled met, hollow not met, dashed unknown."""
    kinds = {1: "met", 0: "not", 2: "unknown"}
    squares = format_html(
        "{}",
        # Safe: the only part that varies is one of three class names of `kinds`.
        mark_safe(  # noqa: S308  (classes from a constant)
            "".join(
                f'<svg viewBox="0 0 12 12"><rect class="pip-{kinds[int(o)]}" x="1.25" y="1.25" width="9.5" height="9.5" rx="1.5"/></svg>'
                for o in outcomes
            )
        ),
    )
    met = sum(int(o) == 1 for o in outcomes)
    return format_html(
        '<span class="pips" aria-hidden="true">{}</span><span class="vh">{} 项达标 {} 项</span>',
        squares,
        len(outcomes),
        met,
    )


@register.simple_tag
def bar(value: float, largest: float, mark: float | None = None) -> SafeString:
    """A bar from zero; `mark` draws a threshold. Hidden from screen readers: write the number beside it."""
    whole = max(float(largest or 0), 1e-9)
    width = min(max(float(value or 0) / whole, 0), 1) * 200
    line = ""
    if mark is not None:
        at = min(float(mark) / whole, 1) * 200
        line = format_html('<rect class="mark" x="{}" y="0" width="1.5" height="10"/>', f"{at - 0.75:.1f}")
    return format_html(
        '<svg class="bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ground" width="200" height="10" rx="2"/><rect class="fill" width="{}" height="10" rx="2"/>{}</svg>',
        f"{width:.1f}",
        line,
    )


@register.simple_tag
def delta(change: int | None, unit: str = "座", against: str = "比上季度", is_less_better: bool = False) -> SafeString:
    """A change with arrow, sign and unit; None where there is nothing to compare with."""
    if change is None:
        return format_html('<span class="delta delta-same">{}没有数据</span>', against)
    way = "up" if change > 0 else "down" if change < 0 else "same"
    name, words = DELTA_WORDS[way]
    number = f"{change:+d} {unit}".replace("-", "−") if change else words
    tone = {"up": "down", "down": "up"}.get(way, way) if is_less_better else way
    return format_html('<span class="delta delta-{}">{}{} {}</span>', tone, icon(name), against, number)


@register.inclusion_tag("parts/clause.html")
def clause(number: str, quote: str = "", document: str = "", href: str = "", side: str = ""):
    """A clause number that opens the quoted sentence and links to its place in the document."""
    return {"number": number, "quote": quote, "document": document, "href": href, "side": side}


@register.inclusion_tag("parts/empty.html")
def empty(title: str, hint: str = "", href: str = "", action: str = "", href2: str = "", action2: str = ""):
    """Nothing to show: a bridge, one sentence, the next action."""
    return {"title": title, "hint": hint, "href": href, "action": action, "href2": href2, "action2": action2}


@register.inclusion_tag("parts/alert.html")
def alert(tone: str, title: str, text: str = "", href: str = "", action: str = ""):
    """`tone`: info, pass, warn or fail. Title says what is so, text what to do."""
    return {"tone": tone, "title": title, "text": text, "href": href, "action": action, "icon": ALERT_ICONS[tone]}


ALERT_ICONS = {"info": "info", "pass": "circle-check", "warn": "triangle-alert", "fail": "circle-alert"}


@register.inclusion_tag("parts/field.html")
def field(bound, label: str = "", hint: str = ""):
    """A form field with label, hint and error in this order, tied together for screen readers."""
    ids = [f"{bound.id_for_label}-hint"] if (hint or bound.help_text) else []
    if bound.errors:
        ids.append(f"{bound.id_for_label}-err")
    attrs = {}
    if ids:
        attrs["aria-describedby"] = " ".join(ids)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "widget": bound.as_widget(attrs=attrs),
    }


_MENU, _TOKEN = "\0menu", "\0token"  # no text of the database holds U+0000


@register.simple_tag(takes_context=True)
def topbar(context) -> SafeString:
    """The bar above every page. Drawn once for a person as they are; the menu and the form's token are put in."""
    user = context.get("user")
    parts = _topbar(
        str(user) if user and user.is_authenticated else "",
        str(context.get("role_name", "")),
        str(context.get("division_name", "")),
        context.get("unread", 0),
        bool(context.get("menu")),
        bool(context.get("can_search")),
        bool(context.get("large_type")),
        get_script_prefix(),
    )
    filled = {_MENU: context.get("menu_html", ""), _TOKEN: str(context.get("csrf_token", ""))}
    # Safe: parts and menu come from templates; a token is letters and digits.
    return mark_safe("".join(filled.get(part, part) for part in parts))  # noqa: S308  (drawn by templates)


@lru_cache(maxsize=512)
def _topbar(
    user: str, role: str, division: str, unread: int, has_menu: bool, can_search: bool, large_type: bool, _prefix: str
) -> tuple[str, ...]:
    drawn = render_to_string(
        "parts/topbar.html",
        {
            "user": user,
            "role_name": role,
            "division_name": division,
            "unread": unread,
            "menu": has_menu,
            # Safe: a constant of this file.
            "menu_html": mark_safe(_MENU),  # noqa: S308  (a constant)
            "can_search": can_search,
            "large_type": large_type,
            "csrf_token": _TOKEN,
        },
    )
    return tuple(part for part in re.split(f"({_MENU}|{_TOKEN})", drawn) if part)


@register.simple_tag
def options(choices, chosen="") -> SafeString:
    """The `<option>`s of a select: pairs of value and label; `chosen` is the value in the address."""
    return _options(tuple((str(value), str(label)) for value, label in choices), str(chosen))


@lru_cache(maxsize=512)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        # Safe: a constant; value and label are escaped by format_html_join.
        ((value, mark_safe(" selected") if value == chosen else "", label) for value, label in choices),
    )


@register.inclusion_tag("parts/counts.html")
def counts(bound):
    """What a field of a form counts for, and by which clauses (fixtures/help/fields.toml); nothing where nothing is said."""
    return {"help": field_help(type(bound.form), bound.name), "label": bound.label, "id": bound.id_for_label}


_pagers: dict[tuple, SafeString] = {}
_MOST_PAGERS = 1024


@register.simple_tag(takes_context=True)
def pager(context, page, unit: str = "座") -> SafeString:
    """Page links of a Django `Page`; the other parameters of the address are kept. Where there are none, drawn once."""
    request, paginator = context["request"], page.paginator
    key = (page.number, paginator.count, paginator.per_page, unit)
    is_plain = request.GET.keys() <= {"page"}  # what somebody typed is not kept
    if is_plain and key in _pagers:
        return _pagers[key]
    numbers = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    shown = context.new({"page": page, "unit": unit, "request": request, "numbers": numbers})
    drawn = get_template("parts/pager.html").template.render(shown)  # type: ignore[attr-defined]  # one of Django's own
    if is_plain and len(_pagers) < _MOST_PAGERS:
        _pagers[key] = drawn
    return drawn


LEDGER_TABS = {
    "点位": "spaces",
    "空间": "spaces",
    "功能": "functions",
    "综合运营": "projects",
    "入驻运营项目": "projects",
    "公益创投": "charity",
    "公益创投项目": "charity",
    "覆盖社区": "spaces",
    "设施": "spaces",
}


@register.filter
def ledger_tab(source: str) -> str:
    """The tab of a facility's page that shows the ledger a fact was counted from."""
    return LEDGER_TABS.get(source.removesuffix("台账"), "spaces")


@register.inclusion_tag("parts/clauses.html")
def clauses(references: str, texts):
    """Every clause of `拱墅 三(一)1、拱墅 三(一)2` as a popover with its whole text. texts: reference → `standards.models.Clause`."""
    return {"clauses": [(reference, texts.get(reference)) for reference in references.split("、")]}


@register.filter
def clause_url(clause) -> str:
    """The place of a clause on the page of its document."""
    return reverse("standards:index") + clause_path(clause.document.key, clause.number)


@register.filter
def tier_name(tier: int | None) -> str:
    return TIER_NAMES[tier]


@register.filter
def get(mapping, key):
    """`{{ names|get:code }}`: the value of a key, empty without one."""
    return mapping.get(key, "")


@register.filter
def tone_icon(tags: str) -> str:
    """Icon of a Django message by its level."""
    return {"success": "circle-check", "warning": "triangle-alert", "error": "circle-alert"}.get(tags, "info")


@register.filter
def tone(tags: str) -> str:
    """Tone of a Django message by its level."""
    return {"success": "pass", "warning": "warn", "error": "fail"}.get(tags, "info")
