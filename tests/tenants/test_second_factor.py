"""TOTP: set up, asked for at the login, used once, bounded, demanded per role; recovery codes; reset."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants import totp
from tenants.account_models import Authenticator, RecoveryCode, SecurityRules
from tenants.models import Act, User
from tenants.operations.second_factor import _secret, begin_setup, check_code, confirm_setup, rewrap_secrets
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, client_of, person

PASSWORD = "Kao-yun-he-2026"
HERE = "10.0.0.1"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin() -> User:
    user = person(Role.DISTRICT_ADMIN, GONGSHU, username="zhang")
    user.set_password(PASSWORD)
    user.save()
    return user


def code_of(user: User, at=None, step: int = 0) -> str:
    row = Authenticator.objects.select_related("user").get(user=user)
    return totp.code_at(int((at or timezone.now()).timestamp()) // totp.STEP_S + step, _secret(row)).decode()


@pytest.fixture
def enrolled(admin) -> tuple[User, list[str]]:
    """An account with a second factor that was set up an hour ago, and its recovery codes."""
    with freeze_time(timezone.now() - timedelta(hours=1)):
        begin_setup(user=admin)
        codes = confirm_setup(user=admin, code=code_of(admin), division_code=GONGSHU, session_key=None)
    return User.objects.get(pk=admin.pk), codes


def first_step(**more) -> Client:
    client = Client(**more)
    assert (
        client.post("/login/", {"username": "zhang", "password": PASSWORD, "next": "/acts/"})["Location"]
        == "/login/code/"
    )
    return client


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_rfc_6238(seconds, code):
    secret = b"12345678901234567890"
    assert totp.code_at(seconds // 30, secret).decode() == code
    assert totp.step_of(code, secret, at=seconds, after=0) == seconds // 30


@pytest.mark.parametrize(("drift", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(drift, taken):
    secret = totp.new_secret()
    code = totp.code_at(1000 + drift, secret).decode()
    assert (totp.step_of(code, secret, at=1000 * 30, after=0) is not None) is taken


def test_administrators_set_it_up_before_anything_else(admin):
    client = Client()
    client.post("/login/", {"username": "zhang", "password": PASSWORD})
    assert client.get("/acts/")["Location"] == "/account/second-factor/"
    page = client.get("/account/second-factor/")
    assert 'src="data:image/svg+xml' in page.content.decode()
    again = client.get("/account/second-factor/")
    assert page.context["setup"] == again.context["setup"]
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 422
    shown = client.post("/account/second-factor/", {"code": code_of(admin)})
    assert shown.status_code == 200
    assert len(shown.context["codes"]) == 10
    assert client.get("/acts/").status_code == 200


def test_the_secret_is_sealed_and_recovery_codes_are_digests(enrolled):
    _, codes = enrolled
    row = Authenticator.objects.select_related("user").get()
    assert _secret(row) not in bytes(row.sealed)
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert digests.isdisjoint(codes)
    assert all(len(digest) == 64 for digest in digests)


def test_the_password_alone_opens_nothing(enrolled):
    client = first_step()
    assert client.get("/acts/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert client.get("/login/code/").status_code == 200


def test_a_code_opens_and_leads_to_where_people_wanted_to_go(enrolled):
    client = first_step()
    assert client.post("/login/code/", {"code": code_of(enrolled[0])})["Location"] == "/acts/"
    assert client.get("/acts/").status_code == 200


def test_a_code_works_once(enrolled):
    user, _ = enrolled
    code = code_of(user)
    assert first_step().post("/login/code/", {"code": code}).status_code == 302
    answer = first_step().post("/login/code/", {"code": code})
    assert (answer.status_code, "已经用过" in answer.content.decode()) == (422, True)


def test_a_recovery_code_works_once(enrolled):
    _, codes = enrolled
    spoken = codes[0].upper().replace("-", " ")
    assert first_step().post("/login/code/", {"code": spoken}).status_code == 302
    assert first_step().post("/login/code/", {"code": codes[0]}).status_code == 422
    assert first_step().post("/login/code/", {"code": codes[1]}).status_code == 302


def test_the_first_step_is_forgotten_after_five_minutes(enrolled):
    now = timezone.now()
    with freeze_time(now):
        client = first_step()
    with freeze_time(now + timedelta(minutes=5)):
        assert client.post("/login/code/", {"code": code_of(enrolled[0])})["Location"] == "/login/"


def test_the_first_step_ends_with_a_new_password_and_with_the_account(enrolled):
    user, _ = enrolled
    client = first_step()
    user.set_password("anders")
    user.save()
    assert client.get("/login/code/").status_code == 302
    assert Client().get("/login/code/")["Location"] == "/login/"


def test_five_wrong_codes_block_this_address_and_no_other(enrolled):
    user, _ = enrolled
    here = first_step(REMOTE_ADDR=HERE)
    for _ in range(5):
        assert here.post("/login/code/", {"code": "000000"}).status_code == 422
    answer = here.post("/login/code/", {"code": code_of(user)})
    assert "15 分钟内不能再试" in answer.content.decode()
    there = first_step(REMOTE_ADDR="10.0.0.2")
    assert there.post("/login/code/", {"code": code_of(user)}).status_code == 302
    with freeze_time(timezone.now() + timedelta(minutes=16)):
        assert check_code(user=user, code=code_of(user), address=HERE)


def test_many_addresses_do_not_give_many_tries(enrolled):
    user, _ = enrolled
    for number in range(50):
        assert not check_code(user=user, code="000000", address=f"10.1.0.{number}")
    assert not check_code(user=user, code=code_of(user), address="10.2.0.1")


def test_the_key_service_asks_for_it_too(enrolled):
    sent = {"username": "zhang", "password": PASSWORD}
    assert Client().post("/api/v1/token/", sent, "application/json").status_code == 401
    right = {**sent, "code": code_of(enrolled[0])}
    assert Client().post("/api/v1/token/", right, "application/json").status_code == 201
    assert Client().post("/api/v1/token/", right, "application/json").status_code == 401


def test_the_roles_are_a_setting_and_a_district_may_set_its_own(admin, settings):
    def leads_to():
        client = Client()
        client.post("/login/", {"username": "zhang", "password": PASSWORD})
        return client.get("/acts/").get("Location")

    assert leads_to() == "/account/second-factor/"
    settings.SECOND_FACTOR_ROLES = []
    assert leads_to() is None
    values = {"division_code": GONGSHU, "password_max_age_days": 90, "idle_minutes": 15}
    with opened_scope(division_scope(GONGSHU)):
        SecurityRules.objects.create(starts_on="2026-01-01", second_factor_roles=["district_admin"], **values)
    assert leads_to() == "/account/second-factor/"


def test_demo_accounts_need_none(admin, settings):
    settings.DEMO = True
    User.objects.filter(pk=admin.pk).update(is_demo=True)
    client = Client()
    client.post("/login/", {"username": "zhang", "password": PASSWORD})
    assert client.get("/acts/").status_code == 200
    assert "默认不要求两步验证" in client.get("/account/second-factor/").content.decode()


def test_setting_up_ends_the_other_sessions(admin):
    here, there = client_of(admin), client_of(admin)
    here.get("/account/second-factor/")
    here.post("/account/second-factor/", {"code": code_of(admin)})
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 302)


def test_new_recovery_codes_end_the_old_ones(enrolled):
    user, codes = enrolled
    shown = client_of(user).post("/account/second-factor/codes/").context["codes"]
    assert not check_code(user=user, code=codes[0], address=HERE)
    assert check_code(user=user, code=shown[0], address=HERE)


def test_wrong_codes_are_in_the_log_without_an_actor(enrolled):
    first_step().post("/login/code/", {"code": "000000"})
    with opened_scope(division_scope(GONGSHU)):
        act = Act.objects.first()
    assert (act.verb, act.actor, act.subject) == ("验证码有误", None, "zhang")


def test_a_rotation_of_the_master_key_takes_the_secrets_along(enrolled, settings):
    user, _ = enrolled
    settings.MASTER_KEYS += " next:ffffffffffffffffffffffffffffffff"
    call_command("rotate_keys", verbosity=0)
    assert Authenticator.objects.get().master_key == "next"
    assert rewrap_secrets() == 0
    assert check_code(user=user, code=code_of(user), address=HERE)
