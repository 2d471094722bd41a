"""Writes: charity projects and the money that arrived."""

from datetime import date

from facilities.models import Facility
from facilities.operations.ledger import record
from partners.models import CharityProject, CharityReceipt, Partner
from tenants.editing import EditRefused, write_row
from tenants.models import User

CHARITY_REFUSALS = {"charity_project_once": "这座设施这一年已经有同名项目。换一个名称，或改年度。"}


def record_charity_project(
    *, facility: Facility, year: int, name: str, kind: str, by: User | None, contract_fen: int | None = None,
    partner: Partner | None = None, funder: str = "",
) -> CharityProject:  # fmt: skip
    """Add a charity project of a calendar year; contract_fen in 分 (拱墅 四(二), reading G-14).

    partner, funder: the “1+1” pair of who serves and who pays (杭州 二(三)8).
    """
    return record(
        CharityProject, "登记公益创投项目", facility, by, year=year, name=name, kind=kind, contract_fen=contract_fen, partner=partner,
        funder=funder,
    )  # fmt: skip


def edit_charity_project(
    *, project: CharityProject, version: int, by: User | None, reason: str = "", **values
) -> dict[str, tuple[object, object]]:
    """Correct a charity project as registered; what changed. Its money is corrected where it was registered."""
    facility = project.facility
    if values.get("year", project.year) != project.year and project.receipts.exists():
        raise EditRefused("这个项目已经有到账，不能改年度。请按另一年新增一个项目。")
    return write_row(
        row=project, version=version, values=values, by=by, verb="修改公益创投项目", reason=reason,
        subject=f"{facility.code} {facility.name}：{project.name}", subject_uuid=facility.uuid, refusals=CHARITY_REFUSALS,
    )  # fmt: skip


def record_receipt(
    *, project: CharityProject, received_on: date, amount_fen: int, voucher: str, by: User | None
) -> CharityReceipt:
    """Note money of a charity project that arrived, in 分. A voucher counts once in a district (IntegrityError)."""
    return record(
        CharityReceipt, "登记到账", project.facility, by, project=project, received_on=received_on, amount_fen=amount_fen,
        voucher=voucher,
    )  # fmt: skip
