"""Writes: charity projects and the money that arrived."""

from datetime import date

from facilities.models import Facility
from facilities.operations.ledger import record
from partners.models import CharityProject, CharityReceipt
from tenants.models import User


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
