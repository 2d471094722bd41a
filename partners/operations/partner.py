"""Writes: partners, what shows who they are, and the merge of two rows that are one."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from facilities.rules import name_sort
from facilities.uploads.store import Stored
from partners.models import BrandMember, Credential, CredentialKind, Partner, PartnerContact, PartnerKind, PartnerMerge
from partners.operations.files import keep_file
from partners.operations.steps import PartnerRefused, note, require
from partners.queries.partner import naming_partners
from tenants.editing import EditRefused, write_row
from tenants.models import User
from tenants.operations import record_act
from tenants.rules import district_of
from tenants.scope import set_reason

REFUSALS = {"partner_name_once_a_division": "这里已经登记过同名的合伙人。"}


def register_partner(*, name: str, kind: PartnerKind, division_code: int, by: User | None, **described) -> Partner:
    """Register a partner with a district, for all its streets, or with a street for itself (拱墅 三(二)1)."""
    with transaction.atomic():
        partner = Partner.objects.create(name=name, kind=kind, division_code=division_code, **described)
        record_act(
            verb="登记合伙人", by=by, division_code=division_code, subject=name, subject_uuid=partner.uuid,
            details={"kind": str(kind)},
        )  # fmt: skip
    return partner


def add_partner(*, division_code: int, by: User | None, **values) -> Partner:
    """Register one by its form. Raises EditRefused for a name or a credit code that is registered already."""
    _refuse_twin(values.get("uscc", ""), division_code, None)
    try:
        with transaction.atomic():
            return register_partner(division_code=division_code, by=by, **values)
    except IntegrityError as error:
        raise EditRefused(REFUSALS["partner_name_once_a_division"]) from error


def edit_partner(*, partner: Partner, version: int, by: User | None, reason: str = "", **values):
    """Correct a partner as registered; what changed. Raises EditConflict and EditRefused."""
    _refuse_twin(values.get("uscc", ""), partner.division_code, partner)
    probe = Partner(**{"name": partner.name, "kind": partner.kind, **values})
    return write_row(
        row=partner, version=version, values={**values, "name_sort": _sort_of(probe)}, by=by, verb="修改合伙人", reason=reason,
        subject=partner.name, subject_uuid=partner.uuid, refusals=REFUSALS,
    )  # fmt: skip


def _sort_of(partner: Partner) -> str:
    return name_sort(partner.name, person=partner.kind == PartnerKind.RESIDENT)


def _refuse_twin(uscc: str, division_code: int, own: Partner | None) -> None:
    twins = Partner.objects.filter(uscc=uscc, district_code=district_of(division_code), merged_into=None)
    if uscc and (twin := twins.exclude(pk=own.pk if own else None).first()):
        raise EditRefused(f"这个统一社会信用代码已登记在“{twin.name}”名下。是同一家就用它；登记重了，请区里合并。")


@transaction.atomic
def set_citizen_id(*, contact: PartnerContact, number: str, by: User | None) -> None:
    """The citizen's number of a resident partner, sealed. Refused where another resident partner has the same."""
    require(contact.partner.kind == PartnerKind.RESIDENT, "只有居民合伙人登记公民身份号码。")
    try:
        twins = PartnerContact.objects.having(citizen_id=number).exclude(pk=contact.pk).exclude(partner=contact.partner)
        twin = twins.select_related("partner").first()
        require(twin is None, f"这个号码已登记在“{twin and twin.partner.name}”名下。是同一个人，请区里合并。")
        contact.citizen_id = number  # type: ignore[assignment]
        contact.save()
    except PartnerRefused:
        raise
    except ValueError as error:
        raise PartnerRefused(str(error)) from error
    note("登记居民合伙人身份号码", contact.partner, by)


@transaction.atomic
def add_credential(
    *, partner: Partner, by: User | None, now: datetime, stored: Stored | None = None, replaces: Credential | None = None,
    **values: Any,
) -> Credential:  # fmt: skip
    """A licence, a certificate, or a grade of others. One that takes another's place ends the reminders of that one."""
    require(
        values["kind"] != CredentialKind.CREDIT or stored is not None,
        "外部信用等级要附凭证（截图或证书），只作参考，不自动采信。",
    )
    require(values["kind"] != CredentialKind.CREDIT or values.get("grade"), "请填写等级。")
    until: date | None = values.get("valid_until")
    require(until is None or until >= values["issued_on"], "有效期不能早于发证日。")
    file = keep_file(stored=stored, title=values["title"], by=by, partner=partner) if stored else None
    made = Credential.objects.create(division_code=partner.division_code, partner=partner, file=file, **values)
    if replaces is not None:
        require(replaces.partner_id == partner.pk and replaces.replaced_at is None, "这张证照已经换过了。")
        replaces.replaced_by, replaces.replaced_at = made, now
        replaces.save(update_fields=["replaced_by", "replaced_at"])
    note("登记合伙人证照", partner, by, title=made.title, kind=str(made.kind))
    return made


# --- merge ------------------------------------------------------------------------------------------------------------


def _followers() -> list[tuple[type[models.Model], str]]:
    """Every table that names a partner, and the column; lineage stays where it is."""
    return [(model, field.attname) for model, field in naming_partners() if model not in {Partner, PartnerMerge}]


@transaction.atomic
def merge_partners(*, kept: Partner, gone: Partner, by: User, now: datetime, reason: str) -> PartnerMerge:
    """Everything that names `gone` names `kept` from now on; `gone` stays as history. For the district: it sees all rows."""
    require(kept.pk != gone.pk, "请选另一个合伙人。")
    require(len(reason.strip()) >= 4, "写明合并的理由，至少 4 个字。")
    rows = {one.pk: one for one in Partner.objects.select_for_update(no_key=True).filter(pk__in=[kept.pk, gone.pk])}
    kept, gone = rows[kept.pk], rows[gone.pk]
    require(kept.merged_into_id is None and gone.merged_into_id is None, "其中一个已经并入别的合伙人了。")
    require(kept.kind == gone.kind, "两个合伙人的类别不同。请先核对并改成一样。")
    require(kept.district_code == gone.district_code, "两个合伙人不在一个区，不能合并。")
    require(not (kept.uscc and gone.uscc and kept.uscc != gone.uscc), "统一社会信用代码不同，不是同一家。")
    _same_brand(kept, gone)
    set_reason(reason.strip())
    moved = {}
    for model, column in _followers():
        ids = list(model._base_manager.filter(**{column: gone.pk}).order_by("pk").values_list("pk", flat=True))
        if ids:
            moved[f"{model._meta.label}.{column}"] = ids
            _rehang(model, column, ids, kept)
    gone.merged_into = kept
    gone.save(update_fields=["merged_into"])
    if gone.uscc and not kept.uscc:
        Partner.objects.filter(pk=kept.pk).update(uscc=gone.uscc)
    made = PartnerMerge.objects.create(
        division_code=kept.division_code, kept=kept, gone=gone, reason=reason.strip()[:200], moved=moved, merged_by=by, merged_at=now
    )  # fmt: skip
    note("合并合伙人", kept, by, reason=reason.strip(), gone=gone.name, moved={k: len(v) for k, v in moved.items()})
    return made


def _same_brand(kept: Partner, gone: Partner) -> None:
    """A partner belongs to one brand at a time, so two rows of different brands say which one first."""
    theirs = list(BrandMember.objects.filter(partner=gone).select_related("brand"))
    for own in BrandMember.objects.filter(partner=kept).select_related("brand"):
        for other in theirs:
            apart = (own.ends_on and own.ends_on <= other.starts_on) or (
                other.ends_on and other.ends_on <= own.starts_on
            )
            require(
                apart or own.brand_id == other.brand_id,
                f"两个合伙人同时属于“{own.brand}”和“{other.brand}”两个品牌。请先在品牌页登记退出其中一个。",
            )


def _rehang(model: type[models.Model], column: str, ids: list[int], to: Partner) -> None:
    """Rows that lie where their partner lies (contacts, licences, files) go to the other's division with it."""
    values: dict[str, Any] = {column: to.pk}
    if column == "partner_id" and model in _of_the_partner():
        values["division_code"] = to.division_code
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=ids).update(**values)
    except IntegrityError as error:
        name = model._meta.verbose_name
        raise PartnerRefused(f"两个合伙人在“{name}”里有重复的记录，请先处理其中一条再合并。") from error


def _of_the_partner() -> set[type[models.Model]]:
    return {PartnerContact, Credential, BrandMember}


@transaction.atomic
def undo_merge(*, merge: PartnerMerge, by: User, now: datetime, reason: str) -> None:
    """Back to two partners: every row that went over and still names the kept one goes back. New rows stay where they are."""
    fresh = PartnerMerge.objects.select_for_update(of=("self",), no_key=True).get(pk=merge.pk)
    require(fresh.undone_at is None, "这次合并已经撤回了。")
    require(len(reason.strip()) >= 4, "写明撤回的理由，至少 4 个字。")
    set_reason(reason.strip())
    tables = {f"{model._meta.label}.{column}": (model, column) for model, column in _followers()}
    for name, ids in fresh.moved.items():
        model, column = tables[name]
        still = list(model._base_manager.filter(pk__in=ids, **{column: fresh.kept_id}).values_list("pk", flat=True))
        _rehang(model, column, still, fresh.gone)
    Partner.objects.filter(pk=fresh.gone_id).update(merged_into=None)
    fresh.undone_by, fresh.undone_at = by, now
    fresh.save(update_fields=["undone_by", "undone_at"])
    note("撤回合伙人合并", fresh.kept, by, reason=reason.strip(), gone=fresh.gone.name)
