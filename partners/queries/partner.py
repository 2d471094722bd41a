"""Reads over partners: the registry, what one does, what runs out."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import models
from django.db.models import Count, Q, QuerySet

from partners.models import (
    Agreement,
    AgreementState,
    Credential,
    CredentialKind,
    Partner,
    ResidentProject,
)

AT_WORK = (AgreementState.SIGNED, AgreementState.RUNNING, AgreementState.IMPROVING, AgreementState.EXITING)


def naming_partners() -> list[tuple[type[models.Model], models.Field]]:
    """Every table that names a partner, with the column; those without a name on the partner's side ("+") too."""
    relations = Partner._meta.get_fields(include_hidden=True)
    return [
        (one.related_model, one.field) for one in relations if one.auto_created and (one.one_to_many or one.one_to_one)
    ]


RUNS_OUT = timedelta(days=90)


def registered(appointment) -> QuerySet[Partner]:
    """The partners that an appointment sees, but those that went into another one."""
    return Partner.objects.visible_to(appointment).filter(merged_into=None)


def with_counts(rows: list[Partner], appointment, day: date) -> list[Partner]:
    """`.projects_now`, `.facilities_now`, `.agreements_now` and `.runs_out` on the partners of a page: three queries."""
    ids = [row.pk for row in rows]
    running = ResidentProject.objects.visible_to(appointment).in_force(day).filter(partner_id__in=ids)
    counted = running.values("partner_id").annotate(n=Count("pk"), at=Count("facility", distinct=True))
    projects = {one["partner_id"]: one for one in counted}
    agreements = Counter(
        Agreement.objects.visible_to(appointment)
        .filter(partner_id__in=ids, state__in=AT_WORK)
        .values_list("partner_id", flat=True)
    )
    out = {one.partner_id: one for one in reversed(list(running_out(day, appointment).filter(partner_id__in=ids)))}
    for row in rows:
        told = projects.get(row.pk, {"n": 0, "at": 0})
        row.projects_now, row.facilities_now = told["n"], told["at"]
        row.agreements_now, row.runs_out = agreements[row.pk], out.get(row.pk)
    return rows


def running_out(day: date, appointment) -> QuerySet[Credential]:
    """Licences that end within 60 days or have ended, and were not replaced. Grades of others ask for nothing."""
    seen = Credential.objects.visible_to(appointment).filter(replaced_at=None, valid_until__lte=day + RUNS_OUT)
    return seen.exclude(kind=CredentialKind.CREDIT).filter(partner__merged_into=None).order_by("valid_until", "pk")


def likely_twins(partner: Partner, rows: Iterable[Partner]) -> list[tuple[Partner, str]]:
    """Registered partners that may be this one, with the reason: the same code, the same name, or one name in the other."""
    found = []
    plain = _plain(partner.name)
    for other in rows:
        if other.pk == partner.pk or other.kind != partner.kind:
            continue
        theirs = _plain(other.name)
        if partner.uscc and other.uscc == partner.uscc:
            found.append((other, "统一社会信用代码相同"))
        elif partner.uscc and other.uscc:
            continue
        elif theirs == plain:
            found.append((other, "名称相同"))
        elif min(len(theirs), len(plain)) >= 4 and (theirs in plain or plain in theirs):
            found.append((other, "名称相近"))
    return found


_COMMON = ("有限责任公司", "股份有限公司", "有限公司", "服务中心", "杭州市", "杭州", "拱墅区", "拱墅", "（演示）", " ")


def _plain(name: str) -> str:
    for word in _COMMON:
        name = name.replace(word, "")
    return name


def projects_of(partner: Partner, appointment) -> list[ResidentProject]:
    seen = ResidentProject.objects.visible_to(appointment).filter(partner=partner).select_related("facility", "space")
    return list(seen.order_by("-starts_on", "pk"))


def agreements_of(partner: Partner, appointment) -> list[Agreement]:
    seen = Agreement.objects.visible_to(appointment).filter(partner=partner).select_related("facility")
    return list(seen.order_by("-starts_on", "pk"))


def by_text(rows: QuerySet[Partner], text: str) -> QuerySet[Partner]:
    return rows.filter(Q(name__icontains=text) | Q(uscc__icontains=text))
