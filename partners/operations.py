"""Writes: partners, the projects they run in facilities, and charity projects with the money that arrived."""

from datetime import date

from django.db import transaction

from facilities.models import Facility
from facilities.operations.ledger import record
from partners.models import CharityProject, CharityReceipt, Partner, PartnerKind, ResidentProject, RunBy
from tenants.editing import write_row
from tenants.models import User
from tenants.operations import record_act


def register_partner(*, name: str, kind: PartnerKind, division_code: int, by: User | None, **described) -> Partner:
    """Register a partner with a district, for all its streets, or with a street for itself (拱墅 三(二)1)."""
    with transaction.atomic():
        partner = Partner.objects.create(name=name, kind=kind, division_code=division_code, **described)
        record_act(
            verb="登记合伙人", by=by, division_code=division_code, subject=name, subject_uuid=partner.uuid,
            details={"kind": str(kind)},
        )  # fmt: skip
    return partner


def record_project(
    *, facility: Facility, name: str, run_by: RunBy, starts_on: date, by: User | None, partner: Partner | None = None, **described
) -> ResidentProject:  # fmt: skip
    """Add a project that runs in a facility from a day on (拱墅 三(一)1—2). Its partner belongs to the same district."""
    return record(
        ResidentProject, "登记入驻项目", facility, by, name=name, run_by=run_by, starts_on=starts_on, partner=partner, **described
    )  # fmt: skip


def record_charity_project(
    *, facility: Facility, year: int, name: str, kind: str, by: User | None, contract_fen: int | None = None
) -> CharityProject:
    """Add a charity project of a calendar year; contract_fen in 分 (拱墅 四(二), reading G-14)."""
    return record(
        CharityProject, "登记公益创投项目", facility, by, year=year, name=name, kind=kind, contract_fen=contract_fen
    )


def record_receipt(
    *, project: CharityProject, received_on: date, amount_fen: int, voucher: str, by: User | None
) -> CharityReceipt:
    """Note money of a charity project that arrived, in 分. A voucher counts once in a district (IntegrityError)."""
    return record(
        CharityReceipt, "登记到账", project.facility, by, project=project, received_on=received_on, amount_fen=amount_fen,
        voucher=voucher,
    )  # fmt: skip


PROJECT_REFUSALS = {"project_once": "这座设施从这一天起已经有同名项目。换一个名称，或改起始日。"}


def edit_project(
    *, project: ResidentProject, version: int, by: User | None, reason: str = "", **values
) -> dict[str, tuple[object, object]]:
    """Correct a project as registered; what changed. Raises EditConflict and EditRefused (`tenants.editing`)."""
    facility = project.facility
    return write_row(
        row=project, version=version, values=values, by=by, verb="修改入驻项目", reason=reason,
        subject=f"{facility.code} {facility.name}：{project.name}", subject_uuid=facility.uuid, refusals=PROJECT_REFUSALS,
    )  # fmt: skip
