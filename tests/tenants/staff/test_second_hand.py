"""Where separation is strict, nobody opens an account alone: the link in one hand, the code that releases it in another."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants import account_queries
from tenants.account_models import ExternalIdentity, Invitation
from tenants.models import Act, Message, User
from tenants.operations import accounts
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, SHANGCHENG, client_of, person
from tests.tenants.staff.acting import invite, url, verbs

CHOSEN, OTHER = "Xin-mi-ma-2026", "Zai-huan-yi-ge-77"
BECAUSE = {"reason": "已见到本人"}

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


@pytest.fixture(autouse=True)
def strict(settings):
    settings.STRICT_SEPARATION = True


@pytest.fixture
def system() -> User:
    return person(Role.SYSTEM_ADMIN, GONGSHU, display_name="系统甲")


@pytest.fixture
def security() -> User:
    return person(Role.SECURITY_ADMIN, GONGSHU, display_name="安全乙")


def release(by: User, user: User):
    return client_of(by).post(url(user, "release/"), BECAUSE)


def try_link(link: str, code: str = "", password: str = CHOSEN):
    return Client().post(link, {"new": password, "again": password, "code": code})


def test_the_link_opens_with_the_code_and_neither_does_alone(system, security):
    answer = invite(client_of(system))
    [(user, link)] = answer.context["links"]
    assert "还要安全管理员放行" in answer.content.decode()
    before = try_link(link, "ABCD-EFGH-JKMN")
    assert (before.status_code, "还没有放行" in before.content.decode()) == (422, True)
    assert "放行邀请" not in client_of(system).get(url(user)).content.decode()
    assert "放行邀请" in client_of(security).get(url(user)).content.decode()

    shown = release(security, user)
    code = shown.context["code"]
    assert (len(code), code in shown.content.decode()) == (14, True)
    assert link not in shown.content.decode()
    assert code not in client_of(system).get(url(user)).content.decode()
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for typed in ["", wrong, "ABCD-EFGH-JKMN"]:
        assert try_link(link, typed).status_code == 422
    assert not User.objects.get(pk=user.pk).has_usable_password()
    assert code.replace("-", "") not in Invitation.objects.get().release_digest

    assert try_link(link, code.replace("-", " ").lower())["Location"] == "/login/?why=chosen"
    assert try_link(link, code).status_code == 404
    assert Client().post("/login/", {"username": "wangwu", "password": CHOSEN})["Location"] == "/"
    assert verbs()[:4] == ["任职", "邀请账号", "放行邀请", "设密码"]
    with opened_scope(division_scope(GONGSHU)):
        chosen = Act.objects.get(verb="设密码")
    assert (chosen.actor, chosen.subject_uuid, str(chosen.address)) == (user, user.uuid, "127.0.0.1")


def test_a_password_that_is_set_anew_waits_again(system, security):
    [(user, link)] = invite(client_of(system)).context["links"]
    assert try_link(link, release(security, user).context["code"]).status_code == 302
    [(_, again)] = client_of(system).post(url(user, "link/"), {"reason": "忘了密码"}).context["links"]
    old = release(security, user).context["code"]
    code = release(security, user).context["code"]
    assert try_link(again, old, OTHER).status_code == 422, "the newest code alone works"
    assert try_link(again, code, OTHER).status_code == 302


def test_a_whole_sheet_waits_and_the_security_administrator_is_told_once(system, security):
    by = account_queries.latest_appointment(system)
    people = [
        accounts.Newcomer(f"neu{number}", f"新人{number}", Role.STREET_CLERK, GONGSHU, timezone.localdate())
        for number in range(3)
    ]
    with opened_scope(division_scope(GONGSHU)):
        made = accounts.invite_all(newcomers=people, by=by, now=timezone.now())
        told = list(Message.objects.values_list("user_id", "title"))
    assert told == [(security.pk, "3 个账号等你放行")]
    assert [try_link(f"/invitation/{key}/").status_code for _, key in made] == [422] * 3


def test_who_may_not_release(system, security):
    [(user, link)] = invite(client_of(system)).context["links"]
    elsewhere = person(Role.SECURITY_ADMIN, SHANGCHENG)
    answers = {who: release(who, user).status_code for who in (system, elsewhere)}
    assert answers == {system: 403, elsewhere: 404}
    assert client_of(person(Role.DISTRICT_ADMIN, GONGSHU)).post(url(user, "release/"), BECAUSE).status_code == 403
    assert client_of(security).post(url(user, "release/"), {"reason": "好"}).status_code == 422
    Invitation.objects.update(created_by=security)  # as one who made the link before changing posts would find it
    assert release(security, user).status_code == 403
    assert Invitation.objects.get().release_digest == ""
    assert try_link(link, "").status_code == 422


def test_nothing_waits_after_the_link_is_over(system, security):
    with freeze_time(timezone.now() - timedelta(hours=73)):
        [(user, _)] = invite(client_of(system)).context["links"]
    assert release(security, user)["Location"] == url(user)
    assert "放行邀请" not in verbs()


def test_a_link_made_on_the_server_needs_no_release(capsys):
    newcomer = accounts.Newcomer("first", "周一", Role.SYSTEM_ADMIN, GONGSHU, timezone.localdate())
    _, key = accounts.found(newcomer=newcomer, now=timezone.now())
    assert try_link(f"/invitation/{key}/").status_code == 302


def test_without_strictness_the_link_is_enough(settings, admin):
    settings.STRICT_SEPARATION = False
    answer = invite(client_of(admin))
    [(user, link)] = answer.context["links"]
    assert "放行" not in answer.content.decode() + client_of(admin).get(url(user)).content.decode()
    assert try_link(link).status_code == 302


def test_a_subject_of_an_outside_login_lets_nobody_in_before_it_is_checked(settings, system, security, clerk):
    settings.SSO_PROVIDERS = {
        "zzd": {
            "kind": "zhezhengding", "label": "浙政钉", "login_base": "https://a.test", "api_base": "https://a.test",
            "app_key": "k", "app_secret": "s",
        }
    }  # fmt: skip
    client_of(system).post(url(clerk, "identity/"), {"provider": "zzd", "subject": "10086"})
    assert (account_queries.identity_of("zzd", "10086"), account_queries.subject_of(clerk, "zzd")) == (None, "")
    page = client_of(security).get(url(clerk)).content.decode()
    assert ("核对 zzd" in page, "10086" in page) == (True, True)
    sent = {**BECAUSE, "provider": "zzd"}
    assert client_of(system).post(url(clerk, "identity/check/"), sent).status_code == 403
    assert account_queries.identity_of("zzd", "10086") is None
    assert client_of(security).post(url(clerk, "identity/check/"), sent).status_code == 302
    assert account_queries.identity_of("zzd", "10086").user == clerk
    assert account_queries.subject_of(clerk, "zzd") == "10086"
    client_of(system).post(url(clerk, "identity/"), {"provider": "zzd", "subject": "10010"})
    assert account_queries.identity_of("zzd", "10010") is None, "another subject waits again"
    assert ExternalIdentity.objects.get().checked_by is None
    assert verbs() == ["登记统一身份", "越权访问被拒", "核对统一身份", "登记统一身份"]
