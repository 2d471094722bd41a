"""Who sees what of a visit: another firm's assessor nothing, its own assessor nothing before the item is recorded."""

import io
import json
import os
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from assessments.models import SampledFacility, Visit, VisitOperation
from facilities.tasks import sweep_attachments
from facilities.uploads import store
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope, scope_of
from tests.assessments import year as y
from tests.people import GONGSHU, SHANGCHENG, client_of, signed_in

CANARY = 8_642_097  # 86,420.97 ㎡: a reported area that no other number of a page is


@pytest.fixture
def visits(standards):
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False, a_street=1)
        made = year.to_assigned()
        for sampled in SampledFacility.objects.all():
            sampled.claims["values"]["floor_area_documented"] = CANARY
            sampled.save()
    return made


def _shown(answer) -> bool:
    text = answer.content.decode()
    return str(CANARY) in text or "86420.97" in text or "86,420.97" in text


def _own_and_foreign(visits):
    own = visits[0]
    return own, next(visit for visit in visits if visit.user_id != own.user_id)


def test_the_calendar_holds_ones_own_visits_in_order_and_folds_its_lines(visits):
    own, foreign = _own_and_foreign(visits)
    answer = client_of(own.user).get("/my-visits/calendar/")
    text = answer.content.decode()
    whole = text.replace("\r\n ", "")
    mine = [visit for visit in visits if visit.user_id == own.user_id]
    assert whole.count("BEGIN:VEVENT") == whole.count("TRIGGER:PT8H") == len(mine)
    assert f"UID:{own.uuid}" in whole
    assert str(foreign.uuid) not in whole
    assert f"SUMMARY:抽检 {own.position}. {own.facility.name}" in whole
    assert f"DTSTART;VALUE=DATE:{own.day:%Y%m%d}" in whole
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


@pytest.mark.requirement("CHK-4")
def test_nothing_reported_reaches_an_assessor_before_the_item_is_recorded(visits):
    own, _ = _own_and_foreign(visits)
    client = client_of(own.user)
    pages = ["/my-visits/", f"/my-visits/{own.uuid}/", "/my-visits/calendar/", "/phone/pack/", "/phone/"]
    assert [page for page in pages if _shown(client.get(page))] == []
    sent = {
        "id": "00000000-0000-4000-8000-000000000001", "visit": str(own.uuid), "kind": "found",
        "key": "operator_in_place", "value": 1, "text": "", "at": "2026-11-22T09:00:00+08:00",
    }  # fmt: skip
    answer = client.post("/phone/sync/", json.dumps({"operations": [sent]}), content_type="application/json")
    assert not _shown(answer)
    assert list(answer.json()["revealed"][str(own.uuid)]) == ["operator_in_place"]
    area = {**sent, "id": "00000000-0000-4000-8000-000000000002", "key": "floor_area_documented", "value": 90_000}
    answer = client.post("/phone/sync/", json.dumps({"operations": [area]}), content_type="application/json")
    assert answer.json()["revealed"][str(own.uuid)]["floor_area_documented"] == CANARY
    assert _shown(client.get(f"/my-visits/{own.uuid}/"))


def test_another_firms_assessor_finds_nothing_by_page_by_app_or_in_the_database(visits):
    own, foreign = _own_and_foreign(visits)
    client = client_of(own.user)
    assert client.get(f"/my-visits/{foreign.uuid}/").status_code == 404
    assert client.post(f"/my-visits/{foreign.uuid}/", {"kind": "sign", "text": "x"}).status_code == 404
    assert str(foreign.uuid) not in client.get("/phone/pack/").content.decode()
    for address in (f"/visits/{foreign.uuid}/", "/checks/", "/findings/", "/directories/"):
        assert client.get(address).status_code == 403, address
    with opened_scope(scope_of(y.current_appointment_of(own.user))):
        assert set(Visit.objects.values_list("user_id", flat=True)) == {own.user_id}
        assert SampledFacility.objects.count() == 0, "claims are not read by assessors at all"


def test_the_desktop_form_records_first_and_says_what_it_cannot_read(visits):
    own, _ = _own_and_foreign(visits)
    client, address = client_of(own.user), f"/my-visits/{own.uuid}/"
    wrong = client.post(address, {"key": "floor_area_documented", "value": "很大"}, follow=True)
    assert "请填数字，例如 905.5" in wrong.content.decode()
    done = client.post(address, {"key": "floor_area_documented", "value": "1,000.5"}, follow=True).content.decode()
    assert "已记录。" in done
    assert 'value="1000.5"' in done
    assert "填报：86420.97 ㎡" in done
    assert "请填写设施签字人" in client.post(address, {"kind": "sign", "text": " "}, follow=True).content.decode()
    signed = client.post(address, {"kind": "sign", "text": "王站长"}, follow=True).content.decode()
    assert "王站长 签字" in signed
    late = client.post(address, {"key": "item-1", "value": "1"}, follow=True).content.decode()
    assert "签字交回以后才记录。由区里处理" in late


def test_a_photo_is_kept_with_its_hash_and_place_and_survives_the_sweep(visits, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    own, foreign = _own_and_foreign(visits)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(picture, "JPEG")
    content = picture.getvalue()
    record = {
        "id": "00000000-0000-4000-8000-000000000009", "visit": str(own.uuid), "kind": "photo", "key": "item-1",
        "at": "2026-11-22T09:00:00+08:00", "lon": "120.14", "lat": "30.31", "sha256": sha256(content).hexdigest(),
    }  # fmt: skip
    client = client_of(own.user)

    def send(**changes):
        file = SimpleUploadedFile("a.jpg", content, "image/jpeg")
        return client.post("/phone/photo/", {"operation": json.dumps({**record, **changes}), "file": file})

    assert "与手机上的不一致" in send(sha256="0" * 64).json()["error"]
    for _ in range(2):
        assert send().json()["results"][record["id"]]["state"] == "applied"
    with opened_scope(division_scope(GONGSHU)):
        [row] = VisitOperation.objects.all()
        assert (row.sha256, str(row.latitude)) == (record["sha256"], "30.310000")
        store.path_of(row.stored_sha256).touch()
        os.utime(store.path_of(row.stored_sha256), (0, 0))
    sweep_attachments()
    district = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    answer = district.get(f"/visits/{own.uuid}/photo/?sha256={row.stored_sha256}")
    assert (answer.status_code, answer["Content-Disposition"][:10]) == (200, "attachment")
    assert district.get(f"/visits/{foreign.uuid}/photo/?sha256={row.stored_sha256}").status_code == 400
    assert client.get(f"/visits/{own.uuid}/photo/?sha256={row.stored_sha256}").status_code == 403


def test_a_malformed_request_of_a_phone_keeps_its_records_there(visits):
    client = client_of(visits[0].user)
    for body in ("", "{}", '{"operations": [{}]}', '{"operations": 7}', '{"operations": [{"id": 1}]}'):
        answer = client.post("/phone/sync/", body, content_type="application/json")
        assert (answer.status_code, "仍在手机上" in answer.json()["error"]) == (400, True), body
    assert client.post("/phone/photo/", {}).status_code == 400


@pytest.mark.parametrize(("role", "code"), [(Role.STREET_CLERK, 330105005000), (Role.OPERATOR, GONGSHU)])
def test_streets_and_operators_have_no_visits(visits, role, code):
    client = signed_in(role, code)
    for address in ("/my-visits/", "/phone/pack/", "/checks/"):
        assert client.get(address).status_code == 403
    other = signed_in(Role.DISTRICT_ADMIN, SHANGCHENG)
    assert other.get(f"/visits/{visits[0].uuid}/").status_code == 404
