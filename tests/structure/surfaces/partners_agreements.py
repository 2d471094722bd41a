"""What is done with an agreement: looked at, landed, assessed, put right, renewed, ended."""

from datetime import date
from uuid import uuid4

from partners.models import Agreement, AgreementCheck, Exchange, ResidentProject
from tests.structure.rows import make_row
from tests.structure.surfaces.base import Surface, said
from tests.structure.surfaces.partners import DECIDE, LASTING, PAPER, WHY

FIVE = range(5)  # lines of the working defaults (fixtures/partners/rules.toml)
LOOKED_AT = {f"p{n}": "1" for n in FIVE}
POINTS = dict(zip((f"p{n}" for n in FIVE), ("18", "25", "18", "12", "10"), strict=True))


def _stands(state: str, **values):
    def arrange(who, thing) -> Agreement:
        Agreement.objects.filter(pk=thing.pk).update(
            **{**LASTING, "state": state, "project": None, "renews": None, **values}
        )
        return Agreement.objects.get(pk=thing.pk)

    return arrange


def _checked(state: str, kind: str, **values):
    """With a check of that kind as the last one."""

    def arrange(who, thing) -> None:
        one = _stands(state)(who, thing)
        one.checks.all().delete()
        make_row(
            AgreementCheck, one.division_code, agreement=one, facility=one.facility, kind=kind, made_on=date(2026, 11, 1), **values
        )  # fmt: skip

    return arrange


def _leaving(who, thing) -> None:
    """On its way out, with its project, and nothing owed."""
    one = _stands("exiting", left_on=date(2026, 12, 1), left_reason="合同到期")(who, thing)
    Exchange.objects.filter(facility=one.facility_id).update(settled_on=date(2026, 11, 1), settlement="已结清")
    taken = Agreement.objects.exclude(project=None).values("project")
    project = ResidentProject.objects.filter(facility=one.facility_id, ends_on=None).exclude(pk__in=taken)
    Agreement.objects.filter(pk=one.pk).update(project=project.order_by("pk")[0])


def _renewed(who, thing) -> dict:
    return {"act": "renew", "number": f"续签 {uuid4()}", "last_day": "2027-12-31"}


SURFACES = {
    f"{PAPER} check_landing": Surface(
        said(act="check_landing", text="场地和人员都到位", **LOOKED_AT), frozenset({"text"}),
        arranged=_stands("signed"), writes="partners_agreementcheck",
    ),
    f"{PAPER} land": Surface(
        said(act="land"), arranged=_checked("signed", "landing", passed=True), writes="partners_residentproject"
    ),
    f"{PAPER} assess": Surface(
        said(act="assess", surveyed="10", satisfied="9", text="服务稳定", **POINTS),
        frozenset({"surveyed", "satisfied", "text"}), arranged=_stands("running"), writes="partners_agreementcheck",
    ),
    f"{PAPER} mended": Surface(
        said(act="mended", reason="已经换人，现场看过"), WHY | {"answer", "passed"},
        arranged=_checked("improving", "improvement", passed=None), writes="partners_agreement", needs=DECIDE,
    ),
    f"{PAPER} renew": Surface(
        _renewed, frozenset({"number", "ends_on"}), arranged=_checked("running", "capability", passed=True),
        writes="partners_agreement",
    ),
    f"{PAPER} stay": Surface(said(act="stay", reason="双方愿意继续"), WHY, arranged=_leaving, writes="partners_agreement", needs=DECIDE),
    f"{PAPER} leave": Surface(said(act="leave"), arranged=_leaving, writes="partners_agreement"),
}  # fmt: skip
