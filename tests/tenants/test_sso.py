"""Outside logins against a stand-in server: OIDC with state, nonce and PKCE; the 浙政钉 code flow; who is let in."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from tenants.account_models import ExternalIdentity
from tenants.models import Act, User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tenants.sso.seam import Refused, ask
from tests.people import GONGSHU, client_of, person
from tests.tenants.stand_in import CLIENT, CODE, SECRET, StandIn, new_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other_side(settings):
    running = StandIn()
    settings.SSO_PROVIDERS = {
        "oidc": {
            "kind": "oidc",
            "label": "统一身份",
            "issuer": running.base,
            "client_id": CLIENT,
            "client_secret": SECRET,
        },
        "zzd": {
            "kind": "zhezhengding",
            "label": "浙政钉",
            "login_base": running.base,
            "api_base": running.base,
            "app_key": CLIENT,
            "app_secret": SECRET,
        },
    }
    yield running
    running.close()


@pytest.fixture
def clerk() -> User:
    user = person(Role.STREET_CLERK, GONGSHU, username="lisi")
    ExternalIdentity.objects.create(user=user, provider="oidc", subject="subject-1")
    ExternalIdentity.objects.create(user=user, provider="zzd", subject="10086")
    return user


def away(client: Client, other_side: StandIn, provider: str) -> str:
    """Begin a login; the state that the browser takes along."""
    answer = client.get(f"/login/with/{provider}/?next=/account/")
    assert answer.status_code == 302
    assert answer["Location"].startswith(other_side.base)
    return other_side.opened_by(answer["Location"])


def back(client: Client, provider: str, state: str, code: str = CODE):
    return client.get(f"/login/with/{provider}/done/", {"state": state, "code": code})


@pytest.mark.parametrize("provider", ["oidc", "zzd"])
def test_registered_staff_come_in_and_go_where_they_wanted(other_side, clerk, provider):
    client = Client()
    answer = back(client, provider, away(client, other_side, provider))
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert client.get("/account/").status_code == 200
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.get().verb == "登录"


@pytest.mark.parametrize("provider", ["oidc", "zzd"])
def test_whoever_is_not_registered_gets_a_clear_page(other_side, clerk, provider):
    ExternalIdentity.objects.all().delete()
    client = Client()
    answer = back(client, provider, away(client, other_side, provider))
    assert (answer.status_code, "本平台没有登记你" in answer.content.decode()) == (403, True)
    assert User.objects.count() == 1
    assert client.get("/account/").status_code == 302


def test_a_disabled_account_stays_outside(other_side, clerk):
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    client = Client()
    assert back(client, "oidc", away(client, other_side, "oidc")).status_code == 403


@pytest.mark.parametrize("provider", ["oidc", "zzd"])
def test_a_forged_or_foreign_state_is_refused_and_a_state_works_once(other_side, clerk, provider):
    client, stranger = Client(), Client()
    state = away(client, other_side, provider)
    assert back(stranger, provider, state).status_code == 403  # a link sent to somebody else
    assert back(client, provider, "forged").status_code == 403
    assert back(client, provider, state).status_code == 403  # the forged one has used it up
    fresh = away(client, other_side, provider)
    assert back(client, "zzd" if provider == "oidc" else "oidc", fresh).status_code == 403


@pytest.mark.parametrize("provider", ["oidc", "zzd"])
def test_a_code_works_once(other_side, clerk, provider):
    one, two = Client(), Client()
    assert back(one, provider, away(one, other_side, provider)).status_code == 302
    assert back(two, provider, away(two, other_side, provider)).status_code == 403


@pytest.mark.parametrize(
    "lies",
    [
        {"claims": {"nonce": "other"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "other"}},
        {"claims": {"aud": [CLIENT, "other"]}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1}},
        {"claims": {"exp": None}},
        {"claims": {"sub": None}},
        {"key": new_key()},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
    ],
    ids=" ".join,
)
def test_identity_tokens_that_do_not_hold(other_side, clerk, lies):
    client = Client()
    state = away(client, other_side, "oidc")
    for name, value in lies.items():
        setattr(other_side, name, value)
    answer = back(client, "oidc", state)
    assert (answer.status_code, "没有登录成功" in answer.content.decode()) == (403, True)


def test_what_is_asked_for_is_a_code_with_pkce(other_side):
    away(Client(), other_side, "oidc")
    assert other_side.asked["response_type"] == "code"
    assert other_side.asked["code_challenge_method"] == "S256"
    assert len(other_side.asked["code_challenge"]) == 43
    assert other_side.asked["redirect_uri"] == "http://testserver/login/with/oidc/done/"


def test_the_scanning_login_has_the_shape_that_is_known(other_side):
    away(Client(), other_side, "zzd")
    assert {key: other_side.asked[key] for key in ("client_id", "scope", "authType")} == {
        "client_id": CLIENT,
        "scope": "get_user_info",
        "authType": "QRCODE",
    }


@pytest.mark.parametrize("person_known", [{}, {"accountId": ""}])
def test_an_answer_without_a_number_lets_nobody_in(other_side, clerk, person_known):
    other_side.person = person_known or {"nickNameCn": "李四"}
    client = Client()
    assert back(client, "zzd", away(client, other_side, "zzd")).status_code == 403


def test_the_other_side_is_down(other_side, clerk):
    other_side.close()
    answer = Client().get("/login/with/oidc/")
    assert (answer.status_code, "没有登录成功" in answer.content.decode()) == (403, True)


def test_only_tls_and_this_machine_are_asked():
    for address in ("http://example.com/", "file:///etc/passwd", "ftp://127.0.0.1/"):
        with pytest.raises(Refused, match="not an https address"):
            ask(address)


def test_the_login_page_names_the_ways_in(other_side):
    page = Client().get("/login/").content.decode()
    assert ("浙政钉登录" in page, "统一身份登录" in page) == (True, True)
    assert Client().get("/login/with/nothing/").status_code == 404


def test_an_administrator_registers_who_somebody_is(other_side, clerk):
    ExternalIdentity.objects.filter(provider="zzd").delete()
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    other = person(Role.STREET_CLERK, GONGSHU)
    address = f"/staff/{clerk.uuid}/identity/"
    assert client.post(address, {"provider": "zzd", "subject": "4711"}).status_code == 302
    assert ExternalIdentity.objects.get(provider="zzd").user == clerk
    taken = client.post(f"/staff/{other.uuid}/identity/", {"provider": "zzd", "subject": "4711"})
    assert taken.status_code == 422
    assert client.post(address, {"provider": "zzd", "subject": ""}).status_code == 302
    assert not ExternalIdentity.objects.filter(provider="zzd").exists()


def test_addresses_of_other_hosts_are_no_target(other_side, clerk):
    client = Client()
    answer = client.get("/login/with/oidc/?next=https://evil.example/")
    state = other_side.opened_by(answer["Location"])
    assert urlsplit(back(client, "oidc", state)["Location"]).netloc == ""
