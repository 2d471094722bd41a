"""Keys, sessions, and what somebody without one gets."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.models import ApiToken, User
from tenants.rules import Role
from tests.api.conftest import GONGCHEN, ApiClient
from tests.people import client_of, person

pytestmark = pytest.mark.django_db
CREDENTIALS = {"username": "zhou", "password": "canal-2026-bridge"}


@pytest.fixture
def zhou(divisions):
    user = person(Role.STREET_CLERK, GONGCHEN, username="zhou", display_name="周某")
    user.set_password(CREDENTIALS["password"])
    user.save()
    return user


def sign_in(**changes):
    return ApiClient().post("/api/v1/token/", {**CREDENTIALS, **changes}, content_type="application/json")


def test_account_and_password_give_a_key_that_works(zhou):
    answer = sign_in()
    assert answer.status_code == 201
    assert ApiClient(answer.json()["token"]).get("/api/v1/me/").json() == {
        "uuid": str(zhou.uuid),
        "username": "zhou",
        "name": "周某",
        "role": "street_clerk",
        "role_label": "街道录入员",
        "division": {"code": "330105005000", "name": "拱宸桥街道"},
        "permissions": [
            "answer_findings",
            "edit_facilities",
            "fill_evaluations",
            "import_facilities",
            "keep_money",
            "manage_partners",
            "rectify",
            "view_evaluations",
            "view_facilities",
            "view_money",
            "view_results",
            "view_standards",
        ],
        "appointed_from": "2026-01-01",
        "appointed_until": None,
    }


def test_a_key_expires_and_can_be_given_up(zhou):
    client, other = ApiClient(sign_in().json()["token"]), ApiClient(sign_in().json()["token"])
    ApiToken.objects.filter(user=zhou).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/me/").status_code == 401
    ApiToken.objects.filter(user=zhou).update(expires_at=timezone.now() + timedelta(hours=1))
    assert client.delete("/api/v1/me/tokens/").status_code == 204
    assert other.get("/api/v1/me/").status_code == 401


def test_a_disabled_account_is_out_at_once(zhou):
    client = ApiClient(sign_in().json()["token"])
    User.objects.filter(pk=zhou.pk).update(is_active=False)
    assert client.get("/api/v1/me/").status_code == 401


def test_a_session_works_too(zhou):
    assert client_of(zhou).get("/api/v1/me/").json()["username"] == "zhou"


def test_a_session_needs_the_form_token_to_write(zhou):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(zhou, backend="tenants.backends.StaffBackend")
    answer = browser.delete("/api/v1/me/tokens/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


def test_a_wrong_password_locks_after_five_tries(zhou):
    assert [sign_in(password="wrong").status_code for _ in range(4)] == [401] * 4
    sign_in(password="wrong")
    locked = sign_in()
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "throttled")


def test_sign_ins_from_one_address_are_bounded(divisions):
    statuses = [sign_in(username=f"nobody{number}").status_code for number in range(31)]
    assert statuses == [401] * 30 + [429]


def test_without_a_key_everything_but_signing_in_is_refused(divisions):
    answer = ApiClient().get("/api/v1/me/", headers={"X-Request-ID": "reference-1"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json() == {
        "error": {
            "code": "not_authenticated",
            "message": "令牌缺少、有误或已过期。用 POST /api/v1/token/ 换一个。",
            "reference": "reference-1",
        }
    }


def test_an_account_without_appointment_is_told_so(divisions):
    answer = client_of(User.objects.create_user("zhou")).get("/api/v1/me/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
    assert "没有任职" in answer.json()["error"]["message"]


def test_basic_authentication_is_not_offered(zhou):
    answer = ApiClient().get("/api/v1/me/", headers={"Authorization": "Basic emhvdTpjYW5hbA=="})
    assert answer.status_code == 401


def test_a_wrong_key_is_not_saved_by_a_session(zhou):
    answer = client_of(zhou).get("/api/v1/me/", headers={"Authorization": "Token wrong"})
    assert answer.status_code == 401
