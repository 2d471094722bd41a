"""Reads over applications: what their check finds, and how those for one need rank."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from partners.models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationState,
    Credential,
    CredentialKind,
    Nomination,
    Partner,
    PartnerKind,
)
from partners.queries.panel import members_of
from partners.queries.selection import priorities
from partners.rules.codes import credit_code
from tenants.rules import district_of

OUT = (ApplicationState.REJECTED, ApplicationState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check of an application found. stops: it cannot go on before this is mended."""

    text: str
    stops: bool

    def __str__(self):
        return f"{'须补正' if self.stops else '请留意'}：{self.text}"


def same_partner(application: Application) -> Partner | None:
    """The registered partner that an application is of: by credit code, for residents by name. None if there is none."""
    district = district_of(application.division_code)
    seen = Partner.objects.filter(district_code=district, merged_into=None).order_by("division_code", "pk")
    if application.uscc:
        return seen.filter(uscc=application.uscc).first()
    return seen.filter(kind=PartnerKind.RESIDENT, name=application.name).first()


def findings_of(application: Application, day: date) -> list[Finding]:
    """Completeness and conflicts of an application on a day."""
    return [*_incomplete(application), *_conflicts(application), *_past(application, day)]


def _incomplete(one: Application) -> Iterable[Finding]:
    if one.kind != PartnerKind.RESIDENT:
        if not one.uscc:
            yield Finding("没有填统一社会信用代码。市场和公益合伙人都要有。", True)
        if not one.files.exists():
            yield Finding("没有上传营业执照或登记证书。", True)
    if one.uscc:
        try:
            credit_code(one.uscc)
        except ValueError as error:
            yield Finding(str(error), True)
    if not one.contact_name or not one.contact_phone:
        yield Finding("没有联系人或联系电话。", True)


def _conflicts(one: Application) -> Iterable[Finding]:
    others = Application.objects.filter(need_id=one.need_id).exclude(pk=one.pk).exclude(state__in=OUT)
    same = Q(name=one.name) | Q(uscc=one.uscc) if one.uscc else Q(name=one.name)
    if twin := others.filter(same).first():
        yield Finding(f"同一需求里已有 {twin.number}，是同一个申请人。请撤回一份。", True)
    if one.contact_phone_index:
        for other in others.exclude(pk__in=[twin.pk] if twin else []).filter(
            contact_phone_index=bytes(one.contact_phone_index)
        ):
            yield Finding(f"和 {other.number} {other.name} 留的是同一个电话，请核实是不是关联单位。", False)
    contact = one.contact_name.plain() if one.contact_name else ""
    if contact and contact in {member.name for member in members_of(one.call)}:
        yield Finding("联系人和一位评审人同名。是本人的，这位评审人要回避或换人。", False)


def _past(one: Application, day: date) -> Iterable[Finding]:
    if one.partner_id is None:
        return
    agreements = Agreement.objects.filter(partner_id=one.partner_id).select_related("facility")
    for agreement in agreements:
        if agreement.state == AgreementState.IMPROVING:
            yield Finding(f"协议 {agreement.number}（{agreement.facility.name}）正在限期整改。", False)
        elif agreement.state == AgreementState.ENDED and agreement.left_reason:
            yield Finding(f"{agreement.left_on} 从 {agreement.facility.name} 准出：{agreement.left_reason}", False)
        elif agreement.state == AgreementState.RUNNING and agreement.facility_id == one.need.facility_id:
            yield Finding(f"在这座设施已有协议 {agreement.number}：{agreement.service}。", False)
    lapsed = Credential.objects.filter(partner_id=one.partner_id, valid_until__lt=day, replaced_at=None)
    for credential in lapsed.exclude(kind=CredentialKind.CREDIT):
        yield Finding(f"{credential.title}已于 {credential.valid_until} 到期。", False)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An application in the order of its need. by_priority: it stands above another one of the same points."""

    place: int
    application: Application
    has_priority: bool
    by_priority: bool


def ranking(need_id: int, day: date) -> list[Ranked]:
    """Scored applications of one need: more points first; of equal points, those with priority, then the earlier one.

    What 优先 means no document says: of equal points is the working reading, and the page says so.
    """
    scored = Application.objects.filter(need_id=need_id, points__isnull=False).exclude(state__in=OUT)
    found = list(scored.select_related("partner"))
    partners = [one.partner_id for one in found if one.partner_id]
    held = priorities(Nomination.objects.filter(partner_id__in=partners), day) if partners else {}
    found.sort(key=lambda one: (-one.points, one.partner_id not in held, one.submitted_at, one.pk))
    ranked = []
    for place, one in enumerate(found, 1):
        passed_over = [
            other
            for other in found[place:]
            if other.points == one.points and other.partner_id not in held and other.submitted_at < one.submitted_at
        ]
        has_priority = one.partner_id in held
        one.priority_held = held.get(one.partner_id)
        ranked.append(Ranked(place, one, has_priority, has_priority and bool(passed_over)))
    return ranked
