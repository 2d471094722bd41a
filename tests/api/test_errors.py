"""One shape for every error, in Chinese, with a reference."""

import pytest

pytestmark = pytest.mark.django_db


def test_fields_say_what_to_change(admin):
    answer = admin.post(
        "/api/v1/token/", {"username": ""}, content_type="application/json", headers={"X-Request-ID": "reference-1"}
    )
    assert answer.status_code == 400
    assert answer["X-Request-ID"] == "reference-1"
    assert answer.json() == {
        "error": {
            "code": "invalid",
            "message": "请求里有需要改正的内容，见 fields。",
            "reference": "reference-1",
            "fields": {"username": ["请填写这一项。"], "password": ["请填写这一项。"]},
        }
    }


def test_broken_json_and_other_kinds_of_content(admin):
    broken = admin.post("/api/v1/token/", "{", content_type="application/json")
    assert (broken.status_code, broken.json()["error"]["fields"]) == (
        400,
        {"body": ["内容不是完整的 JSON，请检查括号和引号。"]},
    )
    form = admin.post("/api/v1/token/", {"username": "zhou"})
    assert (form.status_code, form.json()["error"]["message"]) == (415, "请用 application/json 发送内容。")


def test_a_method_that_is_not_there(admin):
    answer = admin.put("/api/v1/me/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"], answer["Allow"]) == (
        405,
        "method_not_allowed",
        "GET, HEAD, OPTIONS",
    )


def test_an_address_that_is_not_there(admin):
    answer = admin.get("/api/v1/nothing/")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {"code": "not_found", "message": "没有这条记录，或者它不在你的管辖范围内。", "reference": ""}
    }


def test_a_misspelt_parameter_is_refused(admin):
    answer = admin.get("/api/v1/divisions/?lavel=street")
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {
        "lavel": ["没有这个参数。可用的参数：level、on、page、page_size、parent、q、under。"]
    }


def test_a_reference_of_ones_own_must_be_harmless(admin):
    answer = admin.get("/api/v1/nothing/", headers={"X-Request-ID": "<b>12345678</b>"})
    assert len(answer["X-Request-ID"]) == 12


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("facilities/?on=9999-12-31", 400),
        ("facilities/?on=0001-01-01", 400),
        ("facilities/?quarter=9999-Q4", 400),
        ("facilities/?quarter=0000-Q1", 400),
        ("facilities/?q=%00", 400),
        ("facilities/?q=%27%22%5C%25", 200),
        ("facilities/?page=999999&page_size=200", 200),
        ("facilities/?page=99999999999999999999", 400),
        ("divisions/%00/", 404),
        ("standards/gongshu/versions/%00/", 404),
        ("facilities/x/", 404),
    ],
)
def test_the_edges_of_what_can_be_asked(admin, address, status):
    assert admin.get(f"/api/v1/{address}").status_code == status
