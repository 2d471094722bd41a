"""The transaction and the scope of a request, whatever the view answers."""

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.response import Response

from facilities.models import Facility
from tenants.access import client_address, permission_of, requires
from tenants.api.views import ApiView
from tenants.middleware import ScopeMiddleware
from tenants.models import Act, Division, User
from tenants.operations import issue_token
from tenants.rules import Permission, Role
from tenants.scope import division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerk() -> User:
    return person(Role.STREET_CLERK, GONGCHENQIAO)


@pytest.fixture
def facilities() -> dict[int, Facility]:
    rows = {}
    for district, codes in {GONGSHU: (GONGCHENQIAO, HUSHU), SHANGCHENG: (SHANGCHENG,)}.items():
        with opened_scope(division_scope(district)):
            rows.update({code: facility_in(COMMUNITY_OF[code], name=f"某家园{code}") for code in codes})
    return rows


def run(view, user=None, path="/x/", method="get", permission=Permission.VIEW_FACILITIES, **headers):
    """What the middleware answers for a view; the view declares `permission`."""
    request = getattr(RequestFactory(), method)(path, headers=headers)
    request.user = user or AnonymousUser()
    request.session = {}
    request.appointment = None
    middleware = ScopeMiddleware(lambda request: HttpResponse())
    return middleware.process_view(request, requires(permission)(view) if permission else view, (), {})


def names(request) -> HttpResponse:
    return HttpResponse(",".join(Facility.objects.order_by("code").values_list("name", flat=True)))


def test_a_view_sees_the_rows_of_its_scope_without_filtering(clerk, facilities):
    assert run(names, clerk).content.decode() == f"某家园{GONGCHENQIAO}"
    assert run(names, person(Role.DISTRICT_ADMIN, SHANGCHENG)).content.decode() == f"某家园{SHANGCHENG}"
    assert Facility.objects.count() == 0


def test_an_operator_sees_the_granted_facility_alone(facilities):
    operator = person(Role.OPERATOR, GONGSHU, facility_ids=[facilities[HUSHU].pk])
    assert run(names, operator).content.decode() == f"某家园{HUSHU}"


def test_a_template_is_rendered_inside_the_scope(clerk, facilities):
    template = engines["django"].from_string("{% for f in rows %}{{ f.name }}{% endfor %}")

    def view(request):
        return TemplateResponse(request, template, {"rows": Facility.objects.all()})

    assert run(view, clerk).content.decode() == f"某家园{GONGCHENQIAO}"


def test_an_error_rolls_back_what_was_written(clerk):
    def raises(request):
        facility_in(COMMUNITY_OF[GONGCHENQIAO])
        raise ZeroDivisionError

    def answers_500(request):
        facility_in(COMMUNITY_OF[GONGCHENQIAO])
        return HttpResponse(status=500)

    with pytest.raises(ZeroDivisionError):
        run(raises, clerk)
    assert run(answers_500, clerk).status_code == 500
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.count() == 0


def test_an_answer_of_the_api_to_an_error_rolls_back(clerk):
    class Failing(ApiView):
        access = Permission.VIEW_FACILITIES

        def get(self, request):
            facility_in(COMMUNITY_OF[GONGCHENQIAO])
            raise Http404

    view = Failing.as_view()
    assert permission_of(view) is Permission.VIEW_FACILITIES
    assert run(view, clerk, path="/api/v1/x/", permission=None).status_code == 404
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.count() == 0


def test_a_streamed_answer_is_refused_and_a_file_is_not(clerk):
    with pytest.raises(RuntimeError, match="write a file in a task"):
        run(lambda request: StreamingHttpResponse(iter(["x"])), clerk)
    assert run(lambda request: FileResponse(io.BytesIO(b"x")), clerk).status_code == 200


def test_a_view_without_a_declaration_is_refused(clerk):
    with pytest.raises(PermissionDenied):
        run(lambda request: HttpResponse("secret"), clerk, permission=None)


def test_a_view_outside_the_transaction_can_only_be_public():
    with pytest.raises(ValueError, match="is public"):
        requires(Permission.VIEW_FACILITIES, non_atomic=True)


def test_a_denial_is_logged_although_the_transaction_rolled_back(clerk):
    with pytest.raises(PermissionDenied, match="没有这个页面的权限"):
        run(names, clerk, path="/secret/", permission=Permission.VIEW_ACTS)
    with opened_scope(division_scope(GONGSHU)):
        act = Act.objects.get()
    assert (act.verb, act.actor, act.subject, act.division_code) == (
        "越权访问被拒",
        clerk,
        "GET /secret/",
        GONGCHENQIAO,
    )


def test_an_account_without_an_appointment_is_told_so():
    user = User.objects.create(username="new", display_name="新人")
    with pytest.raises(PermissionDenied, match="目前没有任职"):
        run(names, user)


def test_a_changed_appointment_acts_on_the_next_request(clerk, facilities):
    with opened_scope(division_scope(GONGSHU)):
        clerk.appointments.update(division_code=HUSHU)
    assert run(names, clerk).content.decode() == f"某家园{HUSHU}"
    with opened_scope(division_scope(GONGSHU)):
        clerk.appointments.update(role=Role.ASSESSOR)
    with pytest.raises(PermissionDenied):
        run(names, clerk)


def test_nobody_is_led_to_the_login_page_and_back():
    assert run(names, path="/facilities/?q=1")["Location"] == "/login/?next=/facilities/%3Fq%3D1"


def test_a_fragment_asks_the_browser_to_sign_in_as_a_whole():
    answer = run(names, **{"HX-Request": "true", "HX-Current-URL": "/facilities/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/login/?next=/facilities/")


# --- API ----------------------------------------------------------------------------------------------------------------


class Names(ApiView):
    access = Permission.VIEW_FACILITIES

    def get(self, request):
        return Response([str(request.user), *Facility.objects.values_list("name", flat=True)])

    post = get


def ask(user=None, method="get", **headers):
    answer = run(Names.as_view(), user, path="/api/v1/x/", method=method, permission=None, **headers)
    return answer.status_code, answer.content.decode()


def test_the_api_runs_in_the_scope_of_the_key(clerk, facilities):
    key, _ = issue_token(user=clerk, now=timezone.now())
    assert ask(Authorization=f"Token {key}") == (200, f'["{clerk}","某家园{GONGCHENQIAO}"]')
    other = person(Role.DISTRICT_ADMIN, SHANGCHENG)
    assert ask(other, Authorization=f"Token {key}") == (200, f'["{clerk}","某家园{GONGCHENQIAO}"]')


def test_a_key_needs_no_form_token_and_a_session_does(clerk, facilities):
    key, _ = issue_token(user=clerk, now=timezone.now())
    assert ask(method="post", Authorization=f"Token {key}")[0] == 200
    assert ask(clerk, method="get")[0] == 200
    assert ask(clerk, method="post")[0] == 403


@pytest.mark.parametrize("header", ["Token wrong", "Token ", "token x y"])
def test_a_wrong_key_gets_nothing_even_with_a_session(clerk, header):
    status, body = ask(clerk, Authorization=header)
    assert status == 401
    assert "令牌" in body


def test_the_api_answers_without_a_page(clerk):
    answer = run(Names.as_view(), path="/api/v1/x/", permission=None)
    assert (answer.status_code, answer["WWW-Authenticate"], answer["Content-Type"]) == (
        401,
        "Token",
        "application/json",
    )
    with_role = run(names, clerk, path="/api/v1/x/", permission=Permission.VIEW_ACTS)
    assert (with_role.status_code, with_role["Content-Type"]) == (403, "application/json")


# --- addresses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behind_proxy", "address"),
    [(False, "192.0.2.1"), (True, "203.0.113.9")],
)
def test_only_the_proxy_is_believed_about_the_address(settings, behind_proxy, address):
    settings.BEHIND_PROXY = behind_proxy
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": "10.9.9.9, 203.0.113.9"})
    assert client_address(request) == address


def test_the_session_reads_no_tenant_row_outside_the_transaction(clerk, facilities):
    client_of(clerk).get("/login/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM facilities_facility")
        assert cursor.fetchone() == (0,)
    assert Division.objects.count() == 0


# --- views in parts ---------------------------------------------------------------------------------------------------


def in_parts(view, user, path="/x/"):
    """What the middleware answers for a view that opens its transactions itself."""
    request = RequestFactory().post(path)
    request.user, request.session, request.appointment = user, {}, None
    declared = requires(Permission.VIEW_FACILITIES, in_parts=True)(view)
    return ScopeMiddleware(lambda request: HttpResponse()).process_view(request, declared, (), {})


def test_each_part_of_a_view_is_a_transaction_in_the_scope_and_nothing_is_seen_between(clerk, facilities):
    def view(request):
        counts = [Facility.objects.count(), connection.in_atomic_block]
        with request.part():
            counts += [Facility.objects.count(), connection.in_atomic_block]
        counts += [Facility.objects.count(), connection.in_atomic_block]
        with request.part():
            return HttpResponse(repr(counts))

    assert in_parts(view, clerk).content.decode() == "[0, False, 1, True, 0, False]"


def test_a_view_in_parts_does_nothing_for_whoever_may_not(facilities):
    done = []
    with pytest.raises(PermissionDenied):
        in_parts(lambda request: done.append(1), person(Role.SYSTEM_ADMIN, GONGSHU))
    assert done == []
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb="越权访问被拒").count() == 1


def test_a_part_that_fails_takes_back_its_own_writes_alone(clerk):
    def view(request):
        with request.part():
            facility_in(COMMUNITY_OF[GONGCHENQIAO], name="甲")
        with request.part():
            facility_in(COMMUNITY_OF[GONGCHENQIAO], name="乙")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_parts(view, clerk)
    with opened_scope(division_scope(GONGSHU)):
        assert list(Facility.objects.values_list("name", flat=True)) == ["甲"]


def test_a_page_that_would_be_rendered_outside_its_parts_is_refused(clerk):
    template = engines["django"].from_string("{{ rows }}")
    with pytest.raises(RuntimeError, match=r"request\.part"):
        in_parts(lambda request: TemplateResponse(request, template, {}), clerk)
