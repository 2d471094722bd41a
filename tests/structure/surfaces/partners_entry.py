"""What is done with calls and applications: opened, called off, checked, scored, announced; and the page for everybody."""

from datetime import date
from uuid import UUID

from django.core import signing
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from facilities.models import Facility
from partners.models import Application, Call, Need, Score
from tests.facilities import samples
from tests.structure.rows import make_row
from tests.structure.surfaces.base import Surface, said
from tests.structure.surfaces.partners import APPLICATION, CALL, WHY
from tests.structure.world import TAIZHOULU, facility_pk

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


def _one_need_too_many(who, thing) -> None:
    _drafted(who, thing)
    Need.objects.filter(uuid=ADDED).delete()
    facility = Facility.objects.get(pk=facility_pk(thing.division_code))
    make_row(Need, thing.division_code, call=Call.objects.get(pk=thing.pk), facility=facility, uuid=ADDED)


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
    one.scores.all().delete()
    for member in str(CALL["panel"]).split():
        make_row(Score, one.division_code, application=one, member=member, points=[90])


def _first_of_its_need(who, thing) -> None:
    need = Application.objects.get(pk=thing.pk).need_id
    Application.objects.filter(need=need).update(state="rejected", points=None)
    Application.objects.filter(pk=thing.pk).update(state="scored", points=9000, notice_to=None, priority=None)


def _public_call(who, thing) -> None:
    """A call in 台州路 that everybody may answer; from one address not so often as here."""
    cache.clear()
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
    f"{STEP} cancel": Surface(
        said(act="cancel", reason="没有人来申请"), WHY, arranged=_nobody_waits, writes="partners_call"
    ),
    f"{ACT} qualify": Surface(said(act="qualify"), arranged=_complete, writes="partners_application"),
    f"{ACT} score": Surface(said(act="score"), arranged=_scored_by_three, writes="partners_application"),
    f"{ACT} announce": Surface(said(act="announce"), arranged=_first_of_its_need, writes="partners_application"),
    "partners:application_file": Surface(
        _one_file, arranged={"state": "submitted"}, writes="partners_partnerfile"
    ),
    "partners:apply": Surface(
        said(**APPLICATION, need=NEEDED), frozenset(APPLICATION) | {"uscc"}, {"need": "Need"},
        arguments={"token": TOKEN}, arranged=_public_call, writes="partners_application",
    ),
}  # fmt: skip
