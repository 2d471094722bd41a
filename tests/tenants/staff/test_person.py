"""One person: disabled, appointed anew, handed over, unlocked; and when it acts."""

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from facilities.models import ImportBatch
from tenants.account_models import AccountSession
from tenants.models import Act, User
from tenants.operations import issue_token
from tenants.operations.second_factor import begin_setup
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, client_of, person
from tests.structure.rows import make_row
from tests.tenants.staff.acting import TODAY, held_by, url, verbs

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


def test_disabling_acts_on_the_next_request_and_ends_keys(admin, clerk):
    theirs = client_of(clerk)
    issue_token(user=clerk, now=timezone.now())
    assert client_of(admin).post(url(clerk, "state/"), {"reason": "调离岗位"}).status_code == 302
    assert theirs.get("/account/").status_code == 302
    assert (AccountSession.objects.filter(user=clerk).count(), clerk.api_tokens.count()) == (0, 0)
    client_of(admin).post(url(clerk, "state/"), {"reason": "已经回来"})
    assert User.objects.get(pk=clerk.pk).is_active
    assert verbs() == ["停用账号", "启用账号"]


def test_without_a_reason_nothing_happens(admin, clerk):
    assert client_of(admin).post(url(clerk, "state/"), {"reason": " "}).status_code == 422
    assert User.objects.get(pk=clerk.pk).is_active


def test_a_changed_role_and_scope_act_on_the_next_request(admin, clerk):
    theirs = client_of(clerk)
    assert theirs.get("/dashboard/").status_code == 200
    sent = {"role": "operator", "division": GONGSHU, "starts_on": TODAY, "last_day": ""}
    with freeze_time("2026-11-22 04:00:00"):
        theirs, mine = client_of(clerk), client_of(admin)
        assert mine.post(url(clerk, "appointment/"), sent).status_code == 302
        assert theirs.get("/dashboard/").status_code == 403


def test_a_lost_password_ends_now_and_the_link_opens_again(admin, clerk):
    theirs = client_of(clerk)
    [(_, link)] = client_of(admin).post(url(clerk, "link/"), {"reason": "本人忘记"}).context["links"]
    assert theirs.get("/account/").status_code == 302
    assert not User.objects.get(pk=clerk.pk).has_usable_password()
    again = {"new": "Kao-yun-he-2026", "again": "Kao-yun-he-2026"}
    assert Client().post(link, again).status_code == 422  # the one before
    assert Client().post(link, {"new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"}).status_code == 302


def test_handing_over_lists_the_open_work_and_moves_the_appointment(admin, clerk):
    other = person(Role.COMMUNITY_REPORTER, COMMUNITY_OF[GONGCHENQIAO], display_name="接手人")
    sent = {"successor": str(other.uuid), "on": TODAY, "reason": "岗位调整"}
    assert client_of(admin).post(url(clerk, "hand-over/"), sent).status_code == 302
    assert held_by(clerk).ends_on == TODAY
    assert (held_by(other).role, held_by(other).division_code) == ("street_clerk", GONGCHENQIAO)
    with opened_scope(division_scope(GONGSHU)):
        act = Act.objects.get(verb="移交")
    assert (act.reason, act.details) == ("岗位调整", {"successor": other.username, "on": "2026-11-22", "open": []})


def test_nobody_takes_over_themselves(admin, clerk):
    sent = {"successor": str(admin.uuid), "on": TODAY, "reason": "岗位调整"}
    assert client_of(admin).post(url(clerk, "hand-over/"), sent).status_code == 403


def test_the_security_administrator_resets_and_unlocks(clerk):
    begin_setup(user=clerk)
    client = client_of(person(Role.SECURITY_ADMIN, GONGSHU))
    assert client.post(url(clerk, "second-factor/"), {"reason": "手机丢了"}).status_code == 302
    assert not hasattr(User.objects.get(pk=clerk.pk), "authenticator")
    assert client.post(url(clerk, "unlock/"), {"reason": "输错太多"}).status_code == 302
    assert client.post(url(clerk, "state/"), {"reason": "不归他管"}).status_code == 403
    assert verbs()[:2] == ["重置两步验证", "解除登录锁定"]


def test_an_unlocked_account_signs_in_at_once(clerk):
    client = Client()
    for _ in range(5):
        client.post("/login/", {"username": "lisi", "password": "wrong"})
    right = {"username": "lisi", "password": "Kao-yun-he-2026"}
    assert client.post("/login/", right).status_code == 422
    client_of(person(Role.SECURITY_ADMIN, GONGSHU)).post(url(clerk, "unlock/"), {"reason": "本人来电"})
    assert client.post("/login/", right).status_code == 302


def test_an_import_that_waits_is_open_work(admin, clerk):
    with opened_scope(division_scope(GONGSHU)):
        batch = make_row(ImportBatch, GONGCHENQIAO, uploaded_by=clerk, state="checked", file_name="三季度.xlsx")
    page = client_of(admin).get(url(clerk)).content.decode()
    assert f"/{batch.uuid}/" in page
    assert "等待确认的导入：三季度.xlsx" in page
