"""Self-evaluations on paper and as files: the receipt of a filing, the workbook of one, the lists."""

import io
from collections.abc import Iterable, Sequence
from datetime import date

import xlsxwriter
from django.http import QueryDict
from django.utils import timezone

from assessments.exports.layout import Section, Sheet, tight, written_day
from assessments.exports.notices import pdf_of
from assessments.models import EvaluatedFacility, Filing, SelfEvaluation
from assessments.queries.evaluations import overview
from assessments.queries.evaluations.facility import items_of
from assessments.queries.evaluations.overview import Asked, street_names
from assessments.queries.evaluations.values import recorded, scale_of
from assessments.rules.evaluation import AGAINST, label, points
from assessments.rules.quarters import Quarter
from standards.rules.vitality import Scale
from tenants.exports import MOST, Kind, Table
from tenants.models import Appointment
from tenants.rules import Permission, district_of

NO_OFFICIAL = "附件 2 没有公布，不是官方指标"


def period_label(evaluation: SelfEvaluation) -> str:
    return label(evaluation.frequency, evaluation.period)


def grade_name(scale: Scale, grade: int) -> str:
    return scale.grades[grade].name if grade >= 0 else "不评级"


# --- lists ------------------------------------------------------------------------------------------------------------


def _list(appointment: Appointment, query: QueryDict, day: date) -> Table:
    found = overview.found(appointment, Asked.of(query), day)
    keys = list(found.values_list("pk", flat=True)[: MOST + 1])

    def lines(some: Sequence[int]) -> Iterable[Sequence[object]]:
        rows = overview.evaluations(appointment).in_bulk(list(some))
        names = street_names(row.division_code for row in rows.values())
        flags = overview.flags_of(overview.evaluations(appointment).filter(pk__in=list(some)))
        for pk in some:
            row = rows[pk]
            yield (
                names.get(row.division_code, row.division_code), period_label(row), row.get_state_display(), row.version,
                row.total, points(row.recorded_mean), points(row.own_mean), points(row.above), row.corrections,
                len(flags[pk]), row.due_on, number_of(row), row.signed_by or "",
                f"{timezone.localtime(row.signed_at):%Y-%m-%d %H:%M}" if row.signed_at else "",
            )  # fmt: skip

    return Table(
        title="街道自评",
        head=("街道", "期间", "状态", "第几版", "设施", "台账平均分", "自评平均分", "差", "更正项数", "提示的设施", "截止日",
              "备案号", "签署人", "签署时间"),
        keys=keys[:MOST], lines=lines, more=len(keys) > MOST,
        preface=("街道热活度自评", f"导出于 {day:%Y-%m-%d}；分数为示例口径，{NO_OFFICIAL}。"),
    )  # fmt: skip


def _flags(appointment: Appointment, query: QueryDict, day: date) -> Table:
    found = overview.flagged(overview.found(appointment, Asked.of(query), day), against=query.get("against", ""))
    names = street_names(one.row.division_code for one in found)

    def lines(some: Sequence[overview.Flagged]) -> Iterable[Sequence[object]]:
        for one in some:
            for flag in one.flags:
                yield (
                    names.get(one.row.division_code, one.row.division_code), one.row.facility.code, one.row.facility.name,
                    period_label(one.row.evaluation), points(one.row.recorded_score), points(one.row.own_score),
                    AGAINST[flag.against], flag.text,
                )  # fmt: skip

    return Table(
        title="自评一致性提示",
        head=("街道", "编号", "设施", "期间", "台账得分", "自评得分", "比什么", "提示"),
        keys=found[:MOST], lines=lines, more=len(found) > MOST,
        preface=("自评一致性提示", f"导出于 {day:%Y-%m-%d}；提示不改得分，请核对。分数为示例口径，{NO_OFFICIAL}。"),
    )  # fmt: skip


EVALUATIONS = Kind("evaluations", "街道自评", Permission.VIEW_EVALUATIONS, _list)
FLAGS = Kind("evaluation-flags", "自评一致性提示", Permission.REGISTER_EVALUATIONS, _flags)


def number_of(row: SelfEvaluation) -> str:
    """The newest filing number of a row of `overview.evaluations`."""
    if row.filing_serial is None:
        return ""
    return Filing(district_code=row.filing_district, year=row.filing_year, serial=row.filing_serial).number


# --- one self-evaluation ----------------------------------------------------------------------------------------------


def _taken_from(evaluation: SelfEvaluation) -> str:
    """Of which quarter the recorded values are: the closing one; no document says how the quarters of a period are pooled."""
    quarter = Quarter.parse(evaluation.quarter).label
    pooled = "" if evaluation.frequency == "quarterly" else f"，不是{period_label(evaluation)}合计"
    return f"台账值是{quarter}的{pooled}"


def workbook(evaluation: SelfEvaluation, street: str) -> bytes:
    """Everything of one self-evaluation: facilities, every indicator with both values, corrections, course. No formulas."""
    rows = list(
        EvaluatedFacility.objects.filter(evaluation=evaluation).select_related("facility").order_by("facility__code")
    )
    scale, out = scale_of(evaluation), io.BytesIO()
    items = items_of(recorded(evaluation, [row.facility_id for row in rows]), rows)
    told = f"{scale.label}，{NO_OFFICIAL}），{evaluation.get_state_display()}，{_taken_from(evaluation)}"
    title = f"{street}{period_label(evaluation)}热活度自评（{told}"
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        _sheet(book, "设施", ("编号", "设施", "台账得分", "台账已评权重", "台账等次", "自评得分", "自评已评权重", "自评等次", "差"), (
            (row.facility.code, row.facility.name, row.recorded_score / 100, row.recorded_coverage,
             grade_name(scale, row.recorded_grade), row.own_score / 100, row.own_coverage, grade_name(scale, row.own_grade),
             (row.own_score - row.recorded_score) / 100)
            for row in rows
        ), preface=title)  # fmt: skip
        _sheet(book, "指标", ("编号", "设施", "指标", "名称", "权重", "台账值", "台账得分", "自评值", "自评得分", "办理"), (
            (row.facility.code, row.facility.name, item.indicator.key, item.indicator.name, item.indicator.weight,
             item.recorded, item.recorded_points / 100, item.own, item.own_points / 100, item.state)
            for row in rows for item in items[row.pk]
        ))  # fmt: skip
        _sheet(book, "更正", ("编号", "设施", "名称", "台账值", "自评值", "理由", "佐证", "更正人", "更正时间"), (
            (row.facility.code, row.facility.name, item.indicator.name, item.recorded, item.own, item.correction.reason,
             item.correction.attachment.name, str(item.correction.corrected_by or ""),
             f"{timezone.localtime(item.correction.corrected_at):%Y-%m-%d %H:%M}")
            for row in rows for item in items[row.pk] if item.correction
        ))  # fmt: skip
        _sheet(book, "经过", ("时间", "步骤", "操作人", "理由"), (
            (f"{timezone.localtime(event.at):%Y-%m-%d %H:%M}", event.get_kind_display(), str(event.actor or "系统"), event.reason)
            for event in evaluation.events.select_related("actor")
        ))  # fmt: skip
    return out.getvalue()


def _sheet(book, title: str, head: Sequence[str], rows: Iterable[Sequence[object]], preface: str = "") -> None:
    page, bold = book.add_worksheet(title), book.add_format({"bold": True, "bottom": 1})
    line = 0
    if preface:
        page.write_string(0, 0, preface, book.add_format({"bold": True}))
        line = 2
    for column, text in enumerate(head):
        page.set_column(column, column, 26 if text in {"设施", "理由", "佐证", "名称"} else 14)
        page.write_string(line, column, text, bold)
    page.freeze_panes(line + 1, 2)
    for number, row in enumerate(rows, line + 1):
        for column, value in enumerate(row):
            if isinstance(value, int | float):
                page.write_number(number, column, value)
            else:
                page.write_string(number, column, str(value))


def receipt(filing: Filing, *, street: str, district: str) -> bytes:
    """The receipt (备案回执) of a registered version, from what was frozen when it was signed."""
    version = filing.version
    evaluation, content = version.evaluation, version.content
    day = timezone.localtime(filing.registered_at).date()
    rows = tuple(
        (str(n), tight(one["name"]), points(one["recorded_score"]), points(one["own_score"]),
         str(sum("own" in indicator for indicator in one["indicators"])))
        for n, one in enumerate(content["facilities"], 1)
    )  # fmt: skip
    count = len(rows)
    corrections = sum(int(row[4]) for row in rows)
    sheet = Sheet(
        f"{street}{tight(period_label(evaluation))}\n热活度自评备案回执",
        (
            f"备案号：{filing.number}",
            f"你街道报送的{tight(period_label(evaluation))}大运河幸福家园热活度自评（第{version.number}版，{count}座设施，"
            f"更正{corrections}项，{version.signed_name}于{written_day(timezone.localtime(version.signed_at).date())}签署）"
            "收悉，准予备案。",
            f"分数为{content['label']}：附件2没有公布，不是官方指标，不作为等级依据。",
            f"内容摘要（SHA-256）：{version.content_hash[:32]} {version.content_hash[32:]}",
        ),
        (Section("", ("序号", "设施", "台账得分", "自评得分", "更正"), (14, 72, 26, 26, 18), rows),),
        f"{district}民政局",
        written_day(day),
        is_demo=evaluation.facilities.filter(facility__is_demo=True).exists(),
    )  # fmt: skip
    return pdf_of(sheet)


def district_name(evaluation: SelfEvaluation) -> str:
    code = district_of(evaluation.division_code)
    return street_names([code]).get(code, str(code))
