"""What is due of partners: next steps of applications and agreements, agreements and licences that run out.

`read_…` say what each asks of the database (see `desk.due.Source`), the others make entries of the rows.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from partners.models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationState,
    Credential,
    CredentialKind,
    Exchange,
    PanelMember,
    Terms,
)
from partners.queries.exchanges import EQUALITY_LABELS, exchanges, standings
from partners.queries.panel import unscored
from partners.queries.partner import RUNS_OUT
from portal.queries.desk.follow import Entry, Rows
from tenants.models import Appointment
from tenants.rules import Permission, may

_FACILITY = ("facility_id", "facility__name", "facility__uuid", "division_code")
_NINETY = timedelta(days=90)
_ONE_DAY = timedelta(days=1)


def _mine(rows: QuerySet, appointment: Appointment) -> QuerySet:
    """Due to those who handle partners, and to nobody else."""
    return rows if may(appointment.role, Permission.MANAGE_PARTNERS) else rows.none()


def read_steps(appointment: Appointment, day: date) -> QuerySet:
    rows = Agreement.objects.visible_to(appointment).filter(due_on__isnull=False)
    return (
        _mine(rows, appointment).order_by("pk").values("pk", "uuid", "number", "service", "state", "due_on", *_FACILITY)
    )


def steps(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        state = AgreementState(row["state"]).label
        if row["state"] == AgreementState.EXITING:
            row = {**row, "facility__uuid": ""}  # what is owed is settled even where the facility has closed
        yield (
            f"agreement-step:{row['state']}:{row['pk']}", row, date.fromisoformat(row["due_on"]), f"合伙协议{state}",
            f"{row['number']}，{row['service']}", reverse("partners:agreement", args=[row["uuid"]]), "去办理",
        )  # fmt: skip


def read_endings(appointment: Appointment, day: date) -> QuerySet:
    """Agreements that run out within 90 days, and those that have run out and nobody has said what follows."""
    at_work = (AgreementState.RUNNING, AgreementState.IMPROVING)
    rows = Agreement.objects.visible_to(appointment).filter(state__in=at_work, ends_on__lte=day + _NINETY)
    rows = _mine(rows, appointment).filter(renewed_by=None)
    return rows.order_by("pk").values("pk", "uuid", "number", "service", "ends_on", "partner__name", *_FACILITY)


def endings(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        yield (
            f"agreement-end:{row['pk']}", row, date.fromisoformat(row["ends_on"]) - _ONE_DAY, "合伙协议到期",
            f"{row['partner__name']}，{row['service']}", reverse("portal:ending", args=[row["uuid"]]), "看影响、议续签",
        )  # fmt: skip


def read_applications(appointment: Appointment, day: date) -> QuerySet:
    """Applications with a deadline: something to bring, or a notice that ends."""
    rows = Application.objects.visible_to(appointment).filter(due_on__isnull=False)
    return (
        _mine(rows, appointment)
        .order_by("pk")
        .values("pk", "uuid", "number", "name", "state", "due_on", "division_code")
    )


def applications(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        state = ApplicationState(row["state"]).label
        told = {**row, "facility__name": row["name"], "facility__uuid": ""}
        yield (
            f"application:{row['state']}:{row['pk']}", told, date.fromisoformat(row["due_on"]), f"入驻申请{state}", row["number"],
            reverse("partners:application", args=[row["uuid"]]), "去办理",
        )  # fmt: skip


def _unsettled(appointment: Appointment) -> QuerySet:
    rows = _mine(Exchange.objects.visible_to(appointment), appointment).filter(settled_on=None)
    return rows.order_by("pk")


_OF_EXCHANGE = ("pk", "uuid", "number", "terms", "ends_on", "partner__name", *_FACILITY)


def read_exchanges(appointment: Appointment, day: date) -> QuerySet:
    """Space agreements that end within 90 days, and those that have ended and nobody has settled."""
    return _unsettled(appointment).filter(ends_on__lte=day + _NINETY + _ONE_DAY).values(*_OF_EXCHANGE)


def exchanges_ending(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    """What has ended is settled even where the facility has closed, so it is not hung on a facility that is open."""
    for row in rows:
        last = date.fromisoformat(row["ends_on"]) - _ONE_DAY
        told = row if last >= day else {**row, "facility__uuid": ""}
        yield (
            f"exchange-end:{row['pk']}", told, last, "空间协议到期" if last >= day else "空间协议待结清",
            f"{row['number']}，{row['partner__name']}，{Terms(row['terms']).label}", reverse("partners:exchange", args=[row["uuid"]]),
            "去结清或续订",
        )  # fmt: skip


def read_balances(appointment: Appointment, day: date) -> QuerySet:
    """Exchanges that run long enough, or end soon enough, for their pace to say something."""
    rows = _unsettled(appointment).filter(terms=Terms.EXCHANGE, ends_on__gt=day)
    rows = rows.filter(Q(starts_on__lte=day - _NINETY) | Q(ends_on__lte=day + _NINETY))
    return rows.values(*_OF_EXCHANGE)


def balances(appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    by_pk = {row["pk"]: row for row in rows}
    if not by_pk:
        return
    for one in standings(exchanges(appointment).filter(pk__in=by_pk).order_by("pk"), day):
        if one.drift is not None:
            row = by_pk[one.exchange.pk]
            yield (
                f"exchange-balance:{row['pk']}:{one.drift.name}", row, one.exchange.ends_on - _ONE_DAY,
                f"空间换服务照现在的进度会{EQUALITY_LABELS[one.drift]}", f"{row['number']}，{row['partner__name']}",
                reverse("partners:exchange", args=[row["uuid"]]), "去看台账",
            )  # fmt: skip


def read_scores(appointment: Appointment, day: date) -> QuerySet:
    """Calls whose panel this person sits on, with applications that wait for their scores."""
    seats = PanelMember.objects.visible_to(appointment).filter(user=appointment.user_id)
    seats = _mine(seats, appointment).exclude(call__scores_by__lt=day)
    waiting = unscored(OuterRef(OuterRef("name")), OuterRef("call")).order_by().values("call")
    number = Subquery(waiting.annotate(number=Count("pk")).values("number"))
    return (
        seats.annotate(number=number)
        .filter(number__gt=0)
        .order_by("pk")
        .values("pk", "number", "call__uuid", "call__title", "call__scores_by", "division_code")
    )


def scores(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        told = {**row, "facility__name": row["call__title"], "facility__uuid": ""}
        yield (
            f"panel:{row['pk']}", told, date.fromisoformat(row["call__scores_by"]) if row["call__scores_by"] else day,
            "入驻申请评分", f"{row['number']} 份申请等你评", f"{reverse('partners:score', args=[row['call__uuid']])}?draft=latest",
            "去评分",
        )  # fmt: skip


def read_licences(appointment: Appointment, day: date) -> QuerySet:
    rows = Credential.objects.visible_to(appointment).filter(replaced_at=None, valid_until__lte=day + RUNS_OUT)
    rows = rows.exclude(kind=CredentialKind.CREDIT).filter(partner__merged_into=None)
    return (
        _mine(rows, appointment)
        .order_by("pk")
        .values("pk", "title", "valid_until", "partner__name", "partner__uuid", "division_code")
    )


def licences(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        told = {**row, "facility__name": row["partner__name"], "facility__uuid": ""}
        yield (
            f"licence:{row['pk']}", told, date.fromisoformat(row["valid_until"]), "合伙人证照到期", row["title"],
            f"{reverse('partners:partner', args=[row['partner__uuid']])}?tab=papers", "去登记换证",
        )  # fmt: skip
