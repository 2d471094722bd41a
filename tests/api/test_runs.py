"""Runs by API: lists, progress, and starting one once."""

import pytest

from assessments.models import Run
from assessments.rules.quarters import Quarter
from standards.operations import load
from tenants.models import StoredAnswer
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import CITY, GONGCHEN, GONGSHU, SHANGCHENG, compute

pytestmark = pytest.mark.django_db
HASH = "0123456789abcdef"


def start(client, key=None, **content):
    headers = {"Idempotency-Key": key} if key else None
    content = {"quarter": "2026-Q3", **content}
    return client.post("/api/v1/runs/", content, content_type="application/json", headers=headers)


def stored_runs():
    with opened_scope(division_scope(CITY)):
        return [(run.division_code, run.quarter, run.revision) for run in Run.objects.order_by("pk")]


def test_a_computed_run(admin, registry):
    listed = admin.get("/api/v1/runs/?quarter=2026-Q3&state=computed").json()
    assert (listed["count"], listed["pages"]) == (1, 1)
    run = admin.get(f"/api/v1/runs/{listed['results'][0]['uuid']}/").json()
    assert run == listed["results"][0]
    assert [set(run.pop(name)) <= set(HASH) for name in ("fact_hash", "standard_hash", "result_hash")] == [True] * 3
    assert [run.pop(name)[-6:] for name in ("requested_at", "started_at", "finished_at")] == ["+08:00"] * 3
    assert run.pop("criteria")[0] == "demonstration_area"
    assert run == {
        "uuid": run["uuid"],
        "quarter": "2026-Q3",
        "district": {"code": "330105000000", "name": "拱墅区"},
        "standard": run["standard"],
        "revision": 1,
        "state": "computed",
        "state_label": "已测算",
        "step": run["step"],
        "facilities_total": 3,
        "facilities_done": 3,
        "error": "",
        "reason": "季度测算",
        "requested_by": None,
        "readings": {},
    }
    assert run["standard"].startswith("gongshu@2025-draft+hangzhou@2025")
    assert admin.get(f"/api/v1/runs/{run['uuid']}/progress/").json() == {
        "uuid": run["uuid"],
        "state": "computed",
        "state_label": "已测算",
        "step": run["step"],
        "facilities_total": 3,
        "facilities_done": 3,
        "error": "",
        "is_finished": True,
    }


def test_starting_a_quarter(program, divisions):
    load()
    answer = start(program(Role.DISTRICT_REVIEWER, GONGSHU), reason="季度测算")
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (202, "queued", "季度测算")
    assert answer.json()["requested_by"].startswith("某某")
    assert stored_runs() == [(GONGSHU, "2026-Q3", 1)]


def test_the_same_key_starts_one_run(admin, registry):
    first = start(admin, "key-0000-1", rerun=True, based_on=1, reason="补录面积证明")
    again = start(admin, "key-0000-1", rerun=True, based_on=1, reason="补录面积证明")
    assert (first.status_code, first.json()["revision"]) == (202, 2)
    assert (again.status_code, again.json()) == (202, first.json())
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert stored_runs()[-1] == (GONGSHU, "2026-Q3", 2)
    other = start(admin, "key-0000-1", rerun=True, based_on=1, reason="别的理由")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


def test_a_refused_request_keeps_no_answer(admin, divisions):
    load()
    assert start(admin, "key-0000-1", quarter="2099-Q4").status_code == 409
    with opened_scope(division_scope(CITY)):
        assert StoredAnswer.objects.count() == 0
    assert start(admin, "key-0000-1", quarter="2026-Q3").status_code == 202


def test_keys_are_ones_own(program, divisions):
    load()
    first = start(program(Role.DISTRICT_ADMIN, GONGSHU), "key-0000-1")
    other = start(program(Role.DISTRICT_ADMIN, SHANGCHENG), "key-0000-1")
    assert (first.json()["district"]["name"], other.json()["district"]["name"]) == ("拱墅区", "上城区")


def test_a_run_that_is_there_is_the_answer(admin, registry):
    answer = start(admin)
    assert (answer.status_code, answer.json()["revision"], answer.json()["state"]) == (200, 1, "computed")


@pytest.mark.parametrize(
    ("content", "status", "where"),
    [
        ({"quarter": "2026Q3"}, 400, "quarter"),
        ({"quarter": None}, 400, "quarter"),
        ({"district": "330102000000"}, 400, "district"),
        ({"district": "330105001000"}, 400, "district"),
        ({"district": "拱墅"}, 400, "district"),
        ({"based_on": -1}, 400, "based_on"),
        ({"reason": "长" * 201}, 400, "reason"),
        ({"quarter": "2099-Q4"}, 409, None),
        ({"quarter": "2026-Q3", "rerun": True}, 409, None),
    ],
)
def test_what_cannot_be_started(admin, registry, content, status, where):
    answer = start(admin, **content)
    assert (answer.status_code, list(answer.json()["error"].get("fields", [None]))) == (status, [where])
    assert len(stored_runs()) == 4


@pytest.mark.parametrize("key", ["short", "with a blank", "x" * 81])
def test_a_key_that_cannot_be_one(admin, divisions, key):
    load()
    answer = start(admin, key)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["Idempotency-Key"])


@pytest.mark.parametrize("role", [Role.STREET_CLERK, Role.STREET_REVIEWER, Role.COMMUNITY_REPORTER])
def test_streets_and_communities_read_the_district_s_runs_and_start_none(program, registry, role):
    client = program(role, GONGCHEN)
    assert client.get("/api/v1/runs/").json()["count"] == 2
    answer = start(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.OPERATOR])
def test_roles_without_results(program, registry, role):
    answer = program(role, GONGSHU).get("/api/v1/runs/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


def test_runs_of_another_district_do_not_exist(program, registry, admin):
    foreign = program(Role.DISTRICT_ADMIN, SHANGCHENG)
    assert [run["district"]["name"] for run in foreign.get("/api/v1/runs/").json()["results"]] == ["上城区"] * 2
    own = admin.get("/api/v1/runs/").json()["results"][0]["uuid"]
    never = "00000000-0000-4000-8000-000000000000"
    for tail in ("", "progress/", "verdicts/", "unjudged/"):
        there, nothing = (foreign.get(f"/api/v1/runs/{uuid}/{tail}") for uuid in (own, never))
        assert (there.status_code, there.content) == (404, nothing.content)


@pytest.mark.parametrize(("rows", "queries"), [(1, 7), (3, 7)])
def test_a_list_costs_the_same_for_any_number_of_rows(admin, registry, rows, queries, django_assert_num_queries):
    compute(Quarter(2026, 1), GONGSHU)
    with django_assert_num_queries(queries):
        assert len(admin.get(f"/api/v1/runs/?page_size={rows}").json()["results"]) == rows
