"""Writes: the projects that partners run in facilities."""

from datetime import date

from facilities.models import Facility
from facilities.operations.ledger import record
from partners.models import Partner, ResidentProject, RunBy
from tenants.editing import write_row
from tenants.models import User


def record_project(
    *, facility: Facility, name: str, run_by: RunBy, starts_on: date, by: User | None, partner: Partner | None = None, **described
) -> ResidentProject:  # fmt: skip
    """Add a project that runs in a facility from a day on (拱墅 三(一)1—2). Its partner belongs to the same district."""
    return record(
        ResidentProject, "登记入驻项目", facility, by, name=name, run_by=run_by, starts_on=starts_on, partner=partner, **described
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
