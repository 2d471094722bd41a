"""Forms of the workbench, the returns' rules and workbook, 热活度, and activities as services under a space agreement."""

import io
from datetime import date, datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from openpyxl import load_workbook

from engagement.models import Activity
from facilities.models import QuarterlyReturn, ReturnRow
from facilities.returns import workbook
from partners.models import Exchange
from portal.queries.desk.due import due_items
from standards.models import StandardVersion
from tenants.export_models import Export
from tenants.message_models import Message
from tenants.models import Appointment, User
from tenants.scope import division_scope, opened_scope
from tests.structure.surfaces.accounts import rows_of
from tests.structure.surfaces.base import Surface, said
from tests.structure.world import CITY, LIULANG, TAIZHOULU, TODAY

YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2027, 1, 1)}
RULES = {
    "route": "direct", "due_offset_days": -9, "jump_percent": 40, "remind_days": [7, 1], "escalate_after_days": 3, "source": "会议纪要",
}  # fmt: skip


def _guides(who, thing) -> object:
    return User.objects.filter(pk=who.user_pk).values_list("closed_guides", flat=True).first()


def _meanwhile(who, ask):
    """What `ask` says while the returns are open, which they are not before or after."""
    with transaction.atomic():
        with opened_scope(division_scope(CITY)):
            _returns_are_open(who, None)
            answer = ask()
        transaction.set_rollback(True)
    return answer


def _something_due(who, thing) -> dict:
    def keys() -> list[str]:
        held = Appointment.objects.get(user=who.user_pk)
        return [item.key for item in due_items(held, TODAY) if item.division_code == TAIZHOULU]

    return {"key": next(iter(_meanwhile(who, keys)), "nothing"), "back": "/workbench/due/"}


def _new_rules(who, thing) -> dict:
    """As they were previewed."""
    first = date(2099, 1, 1)
    seen = "|".join(str(value) for value in (*RULES.values(), first))
    return {
        **RULES,
        "remind_days": "7、1",
        "starts_on": first.isoformat(),
        "reason": "年度调整",
        "act": "publish",
        "previewed": seen,
    }


def _returns_are_open(who, thing) -> None:
    QuarterlyReturn.objects.update(state="open", remarks="")
    ReturnRow.objects.all().delete()


def _workbook(who, thing) -> dict:
    """The open return of a facility that this person sees and one of 柳浪, with another address in every row of their sites."""
    every = QuarterlyReturn.objects.select_related("facility").order_by("pk")

    def written() -> io.BytesIO:
        out = io.BytesIO()
        seen = [one for one in every if who.codes and one.division_code in who.codes][:1]
        theirs = [one for one in every if one.division_code == LIULANG and one not in seen]
        workbook.write(out, seen + theirs, day=TODAY, created=datetime(2026, 11, 20, 9, 0))
        return out

    book = load_workbook(_meanwhile(who, written))
    for row in book["点位"].iter_rows(min_row=2):
        row[2].value = "新址 8 号" if row[0].value else None
    changed = io.BytesIO()
    book.save(changed)
    return {"file": SimpleUploadedFile("季度填报.xlsx", changed.getvalue())}


def _activity(exchange_pk: int) -> Activity | None:
    with opened_scope(division_scope(CITY)):
        one = Exchange.objects.get(pk=exchange_pk)
        return Activity.objects.filter(facility=one.facility_id).order_by("pk").first()


def _within_the_term(who, thing) -> None:
    running = {"settled_on": None, "settlement": "", "terms": "exchange", "rent_fen": None, "hour_fen": 100}
    Exchange.objects.filter(pk=thing.pk).update(**YEAR, **running)
    Activity.objects.filter(pk=_activity(thing.pk).pk).update(held_on=date(2026, 3, 1))


def _credited(who, thing) -> dict:
    return {"activity": str(_activity(thing.pk).uuid), "hours": "2"}


SURFACES = {
    "portal:guide close": Surface(said(act="close"), shows=_guides),
    "portal:remind": Surface(_something_due, arranged=_returns_are_open, shows=rows_of(Message)),
    "portal:return_rules_edit publish": Surface(
        _new_rules, frozenset({*RULES, "starts_on", "reason"}), writes="facilities_returnrules"
    ),
    "portal:returns_upload": Surface(
        _workbook, frozenset({"cells"}), arranged=_returns_are_open, writes="facilities_returnrow"
    ),
    "portal:vitality_bulletin": Surface(said(month="2026-10"), shows=rows_of(Export)),
    "portal:vitality_edit publish": Surface(
        said(act="publish", reason="本区按工作需要调整", effective_from="2099-01-01"), frozenset({"coverage", "effective_from", "reason"}),
        shows=lambda who, thing: StandardVersion.objects.count(),
    ),
    "engagement:credit": Surface(
        _credited, names={"activity": "Activity"}, arranged=_within_the_term, writes="partners_exchangeentry"
    ),
}  # fmt: skip
