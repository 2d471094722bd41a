"""What is done with calls and applications: opened, called off, checked, scored, announced; and the page for everybody."""

from datetime import date
from uuid import UUID, uuid4

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile

from facilities.models import Facility
from partners.models import Application, Call, Need, PanelMember, Score
from partners.queries.panel import eligible
from tenants.measures import forget_all
from tenants.models import User
from tenants.scope import division_scope, opened_scope
from tests.facilities import samples
from tests.structure.rows import make_row
from tests.structure.surfaces.base import Surface, said
from tests.structure.surfaces.partners import APPLICATION, CALL, DECIDE, WHY
from tests.structure.world import CITY, TAIZHOULU, TODAY, facility_pk

ADDED = UUID("11111111-1111-4111-8111-111111111111")  # of the row that is added for the request
NEEDED = 88000777  # the need of the public call
TERM = {"opens_on": date(2026, 1, 1), "closes_on": date(2026, 12, 31)}
TOKEN = signing.dumps([str(ADDED), TAIZHOULU], salt="partners.call")
# Neither a credit code nor files are asked of a resident.
COMPLETE = {"state": "submitted", "kind": "resident", "uscc": "", "findings": "", "partner": None}


def _call(thing, **values) -> None:
    Call.objects.filter(pk=thing.pk).update(**TERM, **values)


def _drafted(who, thing) -> None:
    _call(thing, state="draft", scoring=CALL["scoring"], panel=CALL["panel"])
    PanelMember.objects.filter(call=thing.pk).delete()


def _one_need_too_many(who, thing) -> None:
    _drafted(who, thing)
    Need.objects.filter(uuid=ADDED).delete()
    facility = Facility.objects.get(pk=facility_pk(thing.division_code))
    make_row(Need, thing.division_code, call=Call.objects.get(pk=thing.pk), facility=facility, uuid=ADDED)


def _seated(who, thing) -> None:
    _drafted(who, thing)
    make_row(PanelMember, thing.division_code, call=Call.objects.get(pk=thing.pk), uuid=ADDED)


def _somebody_eligible(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        post = eligible(Call.objects.get(pk=thing.pk), TODAY).first()
        return {"act": "seat", "user": str(post.user.uuid) if post else ""}


def _on_the_panel(who, thing) -> None:
    """An application waits for what this person gives."""
    _call(thing, state="open", scoring="服务能力 100", panel="", scores_by=date(2026, 12, 31))
    Application.objects.filter(call=thing.pk).update(state="qualified")
    Score.objects.filter(application__call=thing.pk).delete()
    PanelMember.objects.filter(call=thing.pk).delete()
    make_row(
        PanelMember,
        thing.division_code,
        call=Call.objects.get(pk=thing.pk),
        user=User.objects.get(pk=who.user_pk or 1),
        name="本人",
    )


def _given(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        waiting = Application.objects.filter(call=thing.pk).order_by("pk").values_list("pk", flat=True)
        return {"token": str(uuid4()), "version": 0, "application": next(iter(waiting), 0)}


def _on_its_row(values: dict) -> dict:
    number = values.get("application")
    return {**values, f"p{number}_0": "80", f"r{number}": "可以"}


def _nobody_waits(who, thing) -> None:
    _call(thing, state="open")
    Application.objects.filter(call=thing.pk).update(state="rejected")


def _complete(who, thing) -> None:
    Application.objects.filter(pk=thing.pk).update(**COMPLETE)
    one = Application.objects.get(pk=thing.pk)
    one.contact_name, one.contact_phone = "李四", "13812340000"
    one.save()


def _scored_by_three(who, thing) -> None:
    one = Application.objects.get(pk=thing.pk)
    Application.objects.filter(pk=thing.pk).update(state="qualified", points=None)
    Call.objects.filter(pk=one.call_id).update(scoring=CALL["scoring"], panel=CALL["panel"])
    one.call.members.all().delete()
    one.scores.all().delete()
    for member in str(CALL["panel"]).split():
        make_row(Score, one.division_code, application=one, member=member, points=[90])


def _first_of_its_need(who, thing) -> None:
    need = Application.objects.get(pk=thing.pk).need_id
    Application.objects.filter(need=need).update(state="rejected", points=None)
    Application.objects.filter(pk=thing.pk).update(state="scored", points=9000, notice_to=None, priority=None)


def _public_call(who, thing) -> None:
    """A call in 台州路 that everybody may answer; from one address not so often as here."""
    forget_all()
    call = make_row(Call, TAIZHOULU, uuid=ADDED, state="open", link_is_open=True, scoring="", panel="", **TERM)
    facility = Facility.objects.get(pk=facility_pk(TAIZHOULU))
    make_row(Need, TAIZHOULU, id=NEEDED, call=call, facility=facility)


def _one_file(who, thing) -> dict:
    return {"files": SimpleUploadedFile("证书.pdf", samples.pdf())}


STEP, ACT = "partners:call_act", "partners:application_act"
SURFACES = {
    f"{STEP} open": Surface(said(act="open"), arranged=_drafted, writes="partners_call"),
    f"{STEP} drop_need": Surface(
        said(act="drop_need", need=str(ADDED)), names={"need": "Need"}, arranged=_one_need_too_many, writes="partners_need"
    ),
    f"{STEP} seat": Surface(
        _somebody_eligible, names={"user": "User"}, arranged=_drafted, writes="partners_panelmember"
    ),
    f"{STEP} unseat": Surface(
        said(act="unseat", member=str(ADDED)), names={"member": "PanelMember"}, arranged=_seated, writes="partners_panelmember"
    ),
    f"{STEP} extend": Surface(
        said(act="extend", until="2027-01-31", reason="评审人出差"), WHY, writes="partners_call",
        arranged=lambda who, thing: _call(thing, state="open", scores_by=None),
    ),
    "partners:score": Surface(
        _given, names={"application": "Application"}, travels=_on_its_row, arranged=_on_the_panel, writes="partners_score"
    ),
    f"{STEP} cancel": Surface(
        said(act="cancel", reason="没有人来申请"), WHY, arranged=_nobody_waits, writes="partners_call"
    ),
    f"{ACT} qualify": Surface(said(act="qualify"), arranged=_complete, writes="partners_application"),
    f"{ACT} score": Surface(said(act="score"), arranged=_scored_by_three, writes="partners_application"),
    f"{ACT} announce": Surface(said(act="announce"), arranged=_first_of_its_need, writes="partners_application", needs=DECIDE),
    "partners:application_file": Surface(
        _one_file, arranged={"state": "submitted"}, writes="partners_partnerfile"
    ),
    "partners:apply": Surface(
        said(**APPLICATION, need=NEEDED), frozenset(APPLICATION) | {"uscc"}, {"need": "Need"},
        arguments={"token": TOKEN}, arranged=_public_call, writes="partners_application",
    ),
}  # fmt: skip
