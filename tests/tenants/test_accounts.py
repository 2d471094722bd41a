"""User administration of a district: who may do what to whom, and what stays of it."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from facilities.models import ImportBatch
from tenants.account_models import AccountSession, Invitation, SecurityRules
from tenants.audit_export import as_xlsx
from tenants.models import Act, Appointment, Division, User
from tenants.operations import accounts, issue_token
from tenants.operations.passwords import set_password
from tenants.operations.second_factor import begin_setup
from tenants.rules import SEPARATED, Role, may_appoint
from tenants.scope import division_scope, opened_scope
from tenants.staff_sheet import HEAD
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.structure.rows import make_row

TODAY = date(2026, 11, 22)
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


@pytest.fixture(autouse=True)
def places(db):
    parent = None
    for code, name, level in [
        (330100000000, "杭州市", "city"),
        (GONGSHU, "拱墅区", "district"),
        (GONGCHENQIAO, "拱宸桥街道", "street"),
        (HUSHU, "湖墅街道", "street"),
    ]:
        parent = Division.objects.create(code=code, name=name, level=level)
    Division.objects.create(code=COMMUNITY_OF[GONGCHENQIAO], name="台州路社区", level="community", parent=parent)


@pytest.fixture
def admin() -> User:
    return person(Role.DISTRICT_ADMIN, GONGSHU, display_name="管理员甲")


@pytest.fixture
def clerk() -> User:
    user = person(Role.STREET_CLERK, GONGCHENQIAO, username="lisi", display_name="李四")
    set_password(user=user, password="Kao-yun-he-2026")
    return user


def held_by(user: User) -> Appointment:
    with opened_scope(division_scope(330100000000)):
        return Appointment.objects.select_related("user").filter(user=user).order_by("-starts_on", "-pk").first()


def verbs() -> list[str]:
    with opened_scope(division_scope(330100000000)):
        return list(Act.objects.order_by("pk").values_list("verb", flat=True))


def url(user: User, act: str = "") -> str:
    return f"/staff/{user.uuid}/{act}"


# --- who may -----------------------------------------------------------------------------------------------------------


def test_nobody_appoints_beyond_their_scope_or_into_the_separated_roles():
    given = {(holder, role) for holder in Role for role in Role if may_appoint(holder, GONGSHU, role, GONGCHENQIAO)}
    assert {holder for holder, _ in given} == {Role.DISTRICT_ADMIN, Role.SYSTEM_ADMIN}
    assert not any(role in SEPARATED for holder, role in given if holder is Role.DISTRICT_ADMIN)
    for role in Role:
        assert not may_appoint(Role.DISTRICT_ADMIN, GONGSHU, role, SHANGCHENG)
        assert not may_appoint(Role.SYSTEM_ADMIN, GONGSHU, role, 330100000000)


@pytest.mark.parametrize(
    ("role", "staff", "invite", "acts", "security", "logins"),
    [
        (Role.DISTRICT_ADMIN, 200, 200, 200, 403, 200),
        (Role.SYSTEM_ADMIN, 200, 200, 403, 403, 403),
        (Role.SECURITY_ADMIN, 200, 403, 403, 200, 403),
        (Role.AUDIT_ADMIN, 403, 403, 200, 403, 200),
        (Role.STREET_CLERK, 403, 403, 403, 403, 403),
    ],
)
def test_three_administrators_with_separated_pages(role, staff, invite, acts, security, logins):
    client = client_of(person(role, GONGSHU))
    pages = ("/staff/", "/staff/invite/", "/acts/", "/security/", "/logins/")
    assert [client.get(page).status_code for page in pages] == [staff, invite, acts, security, logins]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_the_start_page_of_the_separated_administrators_is_open_to_them(role):
    assert client_of(person(role, GONGSHU)).get("/", follow=True).status_code == 200


@pytest.mark.parametrize(
    "act",
    [
        lambda user, by: accounts.set_active(user=user, active=False, by=by, reason="测试"),
        lambda user, by: accounts.new_link(user=user, by=by, reason="测试", now=timezone.now()),
        lambda user, by: accounts.unlock(user=user, by=by, reason="测试"),
        lambda user, by: accounts.reset_second_factor(user=user, by=by, reason="测试"),
        lambda user, by: accounts.register_identity(user=user, by=by, provider="x", subject="y"),
        lambda user, by: accounts.change_appointment(
            user=user, by=by, role=Role.STREET_CLERK, division_code=GONGCHENQIAO, starts_on=TODAY, ends_on=None
        ),
    ],
)
def test_no_operation_touches_oneself_or_anybody_outside(admin, act):
    by = held_by(admin)
    with opened_scope(division_scope(GONGSHU)):
        for user in (admin, person(Role.STREET_CLERK, SHANGCHENG), person(Role.CITY_OBSERVER, 330100000000)):
            with pytest.raises(PermissionDenied):
                act(user, by)


def test_a_district_admin_does_not_touch_the_separated_administrators(admin):
    auditor = person(Role.AUDIT_ADMIN, GONGSHU)
    assert client_of(admin).post(url(auditor, "state/"), {"reason": "试一试看"}).status_code == 403
    assert User.objects.get(pk=auditor.pk).is_active


def test_somebody_who_has_left_for_another_district_is_theirs(admin, clerk):
    with opened_scope(division_scope(330100000000)):
        Appointment.objects.filter(user=clerk).update(ends_on=TODAY)
        Appointment.objects.create(user=clerk, role=Role.STREET_CLERK, division_code=330102901000, starts_on=TODAY)
    client = client_of(admin)
    assert client.get(url(clerk)).status_code == 200
    assert client.post(url(clerk, "state/"), {"reason": "试一试看"}).status_code == 403


# --- the list ----------------------------------------------------------------------------------------------------------


def test_the_list_is_that_of_the_scope(admin, clerk):
    person(Role.STREET_CLERK, SHANGCHENG, display_name="外区人")
    page = client_of(admin).get("/staff/").content.decode()
    assert ("李四" in page, "外区人" in page) == (True, False)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"管理员甲", "李四", "王五", "赵六"}),
        ("q=lisi", {"李四"}),
        ("q=王", {"王五"}),
        ("role=street_clerk", {"李四", "王五"}),
        (f"street={HUSHU}", {"王五", "赵六"}),
        ("state=active", {"李四"}),
        ("state=disabled", {"王五"}),
        ("state=ended", {"赵六"}),
        ("state=invited", {"管理员甲"}),
        ("state=nonsense", {"管理员甲", "李四", "王五", "赵六"}),
        ("sort=division", {"管理员甲", "李四", "王五", "赵六"}),
        ("sort=login&page=9", {"管理员甲", "李四", "王五", "赵六"}),
    ],
)
def test_filters(admin, clerk, query, names):
    person(Role.STREET_CLERK, HUSHU, display_name="王五", is_active=False)
    gone = person(Role.STREET_REVIEWER, HUSHU, display_name="赵六")
    with opened_scope(division_scope(GONGSHU)):
        Appointment.objects.filter(user=gone).update(ends_on=date(2026, 6, 1))
    rows = client_of(admin).get(f"/staff/?{query}").context["rows"]
    assert {held.user.display_name for held, _, _ in rows} == names


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_for_any_number_of_people(admin, more, django_assert_num_queries):
    for _ in range(more):
        person(Role.STREET_CLERK, HUSHU)
    client = client_of(admin)
    with django_assert_num_queries(11):
        client.get("/staff/")


def test_the_export_has_the_rows_of_the_filter_and_is_recorded(admin, clerk):
    answer = client_of(admin).get("/staff/export/?q=lisi&format=csv")
    text = answer.content.decode("utf-8-sig")
    assert ("李四" in text, "管理员甲" in text) == (True, False)
    assert verbs() == ["导出账号"]


# --- invitations -------------------------------------------------------------------------------------------------------


def invite(client, **more):
    values = {
        "username": "wangwu",
        "display_name": "王五",
        "role": "street_clerk",
        "division": str(GONGCHENQIAO),
        "starts_on": "2026-01-01",
        **more,
    }
    return client.post("/staff/invite/", values)


def test_an_invitation_is_shown_once_and_works_once(admin):
    answer = invite(client_of(admin))
    [(user, link)] = answer.context["links"]
    assert link in answer.content.decode()
    assert Invitation.objects.get().digest not in link
    guest = Client()
    assert "王五" in guest.get(link).content.decode()
    assert guest.post(link, {"new": "short", "again": "short"}).status_code == 422
    assert guest.post(link, {"new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"})["Location"] == "/login/?why=chosen"
    assert guest.get(link).status_code == 404
    assert guest.post("/login/", {"username": "wangwu", "password": "Xin-mi-ma-2026"})["Location"] == "/"
    assert guest.get("/account/").status_code == 200
    assert held_by(user).division_code == GONGCHENQIAO
    assert verbs()[:2] == ["任职", "邀请账号"]


def test_links_that_are_over_and_links_that_never_were_look_the_same(admin):
    with freeze_time(timezone.now() - timedelta(hours=73)):
        [(_, link)] = invite(client_of(admin)).context["links"]
    expired, never = Client().get(link), Client().get("/invitation/xyz/")
    assert (expired.status_code, expired.content) == (never.status_code, never.content)
    assert expired.status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"username": "LISI"}, "username"),
        ({"username": "a b"}, "username"),
        ({"role": "system_admin"}, "role"),
        ({"role": "city_observer"}, "role"),
        ({"division": "330102901000"}, "division"),
        ({"division": "330100000000"}, "division"),
        ({"last_day": "2025-12-31"}, "last_day"),
    ],
)
def test_invitations_that_are_refused(admin, clerk, sent, field):
    answer = invite(client_of(admin), **sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert User.objects.filter(username="wangwu").count() == 0


def test_a_system_administrator_appoints_the_auditor():
    client = client_of(person(Role.SYSTEM_ADMIN, GONGSHU))
    assert invite(client, role="audit_admin", division=str(GONGSHU)).status_code == 200


# --- one person --------------------------------------------------------------------------------------------------------


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


# --- rules -------------------------------------------------------------------------------------------------------------


def set_rules(client, **more):
    today = timezone.localdate()
    return client.post(
        "/security/",
        {
            "roles": ["street_clerk"],
            "max_age_days": 60,
            "idle_minutes": 10,
            "starts_on": today,
            "reason": "年度要求",
            **more,
        },
    )


def test_rules_follow_each_other_by_date():
    client = client_of(person(Role.SECURITY_ADMIN, GONGSHU))
    later = timezone.localdate() + timedelta(days=7)
    assert set_rules(client)["Location"] == "/security/"
    assert set_rules(client, starts_on=later, idle_minutes=5).status_code == 302
    with opened_scope(division_scope(GONGSHU)):
        found = SecurityRules.objects.order_by("starts_on").values_list("idle_minutes", "ends_on")
        assert list(found) == [(10, later), (5, None)]


@pytest.mark.parametrize(
    "sent", [{"idle_minutes": 16}, {"max_age_days": 91}, {"starts_on": "2020-01-01"}, {"reason": ""}]
)
def test_rules_are_never_laxer_than_those_of_the_installation(sent):
    assert set_rules(client_of(person(Role.SECURITY_ADMIN, GONGSHU)), **sent).status_code == 422


# --- many at once ------------------------------------------------------------------------------------------------------


def sheet(*rows):
    file = BytesIO(as_xlsx("名单", HEAD, rows))
    file.name = "名单.xlsx"
    return file


GOOD = ("wangwu", "王五", "街道录入员", "拱宸桥街道", "2026-01-01", "")


def test_a_sheet_is_shown_first_and_made_when_confirmed(admin):
    client = client_of(admin)
    shown = client.post(
        "/staff/import/", {"file": sheet(GOOD, ("zhao", "赵六", "街道审核员", str(HUSHU), "2026-01-01", "2026-12-31"))}
    )
    assert shown.status_code == 200
    assert User.objects.filter(username__in=["wangwu", "zhao"]).count() == 0
    made = client.post("/staff/import/confirm/", {"rows": shown.context["signed"]})
    assert [user.username for user, _ in made.context["links"]] == ["wangwu", "zhao"]
    assert held_by(User.objects.get(username="zhao")).ends_on == date(2027, 1, 1)
    again = client.post("/staff/import/confirm/", {"rows": shown.context["signed"]})
    assert again.status_code == 422  # the names are taken now


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("lisi", *GOOD[1:]), "这个账号已经有人用了。"),
        ((*GOOD[:2], "系统管理员", *GOOD[3:]), "不能任命这个角色。"),
        ((*GOOD[:3], "上城区", *GOOD[4:]), "区划名称不在管辖范围内"),
        ((*GOOD[:3], "330102901000", *GOOD[4:]), "不在你的管辖范围内。"),
        ((*GOOD[:4], "昨天", ""), "请按 2026-11-23 的样子填写日期。"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_said_in_its_row(admin, clerk, row, words):
    client = client_of(admin)
    shown = client.post("/staff/import/", {"file": sheet(row)})
    assert shown.status_code == 422
    assert words in shown.content.decode()
    assert client.post("/staff/import/confirm/", {"rows": shown.context["signed"]}).status_code == 422
    assert not User.objects.filter(username="wangwu").exists()


def test_what_was_shown_to_somebody_else_or_changed_is_not_made(admin):
    shown = client_of(admin).post("/staff/import/", {"file": sheet(GOOD)})
    other = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    assert other.post("/staff/import/confirm/", {"rows": shown.context["signed"]})["Location"] == "/staff/import/"
    assert other.post("/staff/import/confirm/", {"rows": "x" + shown.context["signed"]}).status_code == 302
    assert not User.objects.filter(username="wangwu").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"x" * (1024 * 1024 + 1)])
def test_files_that_are_no_sheet_are_refused(admin, content):
    file = BytesIO(content)
    file.name = "a.xlsx"
    answer = client_of(admin).post("/staff/import/", {"file": file})
    assert answer.status_code in {200, 422}
    assert answer.context.get("signed") is None


def test_the_template_is_read_as_a_sheet(admin):
    client = client_of(admin)
    file = BytesIO(client.get("/staff/import/template/").content)
    file.name = "邀请名单.xlsx"
    assert len(client.post("/staff/import/", {"file": file}).context["rows"]) == 1


# --- the first one -----------------------------------------------------------------------------------------------------


def test_the_first_administrator_is_made_by_a_command_and_invites_the_others(capsys):
    call_command("invite_administrator", "first", "周一", str(GONGSHU))
    link = re.search(r"/invitation/\S+/", capsys.readouterr().out)[0]
    assert Client().post(link, {"new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"}).status_code == 302
    user = User.objects.get(username="first")
    assert (held_by(user).role, held_by(user).division_code) == ("system_admin", GONGSHU)
    assert invite(client_of(user)).status_code == 200
    for wrong in [("FIRST", "x", str(GONGSHU)), ("second", "x", "330199000000")]:
        with pytest.raises(CommandError):
            call_command("invite_administrator", *wrong)


def test_an_import_that_waits_is_open_work(admin, clerk):
    with opened_scope(division_scope(GONGSHU)):
        batch = make_row(ImportBatch, GONGCHENQIAO, uploaded_by=clerk, state="checked", file_name="三季度.xlsx")
    page = client_of(admin).get(url(clerk)).content.decode()
    assert f"/{batch.uuid}/" in page
    assert "等待确认的导入：三季度.xlsx" in page
