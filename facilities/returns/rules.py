"""Sections, deadlines and settings of returns. Pure but for reading a district's own settings."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.conf import settings
from django.db.models import QuerySet

from facilities.models import ReturnRoute, ReturnRules
from tenants.quarters import Quarter

_FILE = "fixtures/returns/rules.toml"


@dataclass(frozen=True, slots=True)
class Section:
    """One of the seven parts of a return. `hint`: what is asked for here, in a few words."""

    key: str
    number: int
    title: str
    hint: str


SECTIONS = (
    Section("basics", 1, "基本信息", "名称、地址、市标类型、覆盖社区"),
    Section("places", 2, "点位与空间", "面积和房间，占比由系统算"),
    Section("functions", 3, "功能", "清单 33 项和个性化功能"),
    Section("operation", 4, "运营与项目", "综合运营、入驻项目、公益创投"),
    Section("notice", 5, "公示信息", "服务内容、时间、责任主体、监督电话"),
    Section("service", 6, "服务与满意度", "本季度的服务数据"),
    Section("papers", 7, "资料与备注", "证明文件、确认为空的台账、要说明的话"),
)
SECTION_OF = {section.key: section for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class Rules:
    """How a district runs its returns on a day. `is_official`: the district has set it; else it is a working default."""

    route: ReturnRoute
    due_offset_days: int
    jump_percent: int
    remind_days: tuple[int, ...]  # before the deadline, the most first; 0 is the day itself
    escalate_after_days: int
    source: str
    is_official: bool

    def due_on(self, quarter: Quarter) -> date:
        return quarter.last_day + timedelta(days=self.due_offset_days)


def rules_in_force(district: int, day: date) -> Rules:
    """The district's own rules on a day, or the defaults of the data file."""
    return as_set(list(rules_on(district, day)), day)


def rules_on(district: int, day: date) -> QuerySet[ReturnRules]:
    """The row that a district has set for a day, if it has set any."""
    return ReturnRules.objects.in_force(day).filter(division_code=district)


def as_set(rows: list[ReturnRules], day: date) -> Rules:
    """The rules of the row of a day, or the defaults of the data file."""
    if rows:
        return of_row(rows[0])
    return _default(day)


def of_row(own: ReturnRules) -> Rules:
    return Rules(
        ReturnRoute(own.route), own.due_offset_days, own.jump_percent, tuple(sorted(own.remind_days, reverse=True)),
        own.escalate_after_days, own.source, True,
    )  # fmt: skip


def _default(day: date) -> Rules:
    versions = _versions()
    newest = max(
        (v for v in versions if v["effective_from"] <= day), key=lambda v: v["effective_from"], default=versions[0]
    )
    return Rules(
        ReturnRoute(newest["route"]), newest["due_offset_days"], newest["jump_percent"], tuple(newest["remind_days"]),
        newest["escalate_after_days"], newest["source"], False,
    )  # fmt: skip


@cache
def _versions() -> list[dict]:
    return tomllib.loads((settings.BASE_DIR / _FILE).read_text(encoding="utf-8"))["version"]
