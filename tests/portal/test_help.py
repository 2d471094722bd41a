"""Help: every word and field has its clause, the guide is closed for good, a facility's file comes as PDF."""

import re
from io import BytesIO
from unicodedata import normalize

import pytest
from django.urls import reverse
from pypdf import PdfReader

from facilities.edit_forms import FacilityForm, OperatorForm, SiteForm, SpaceForm
from partners.edit_forms import ProjectForm
from portal.helping import _fields, field_help, terms
from portal.lifecycle_forms import FORMS
from standards.queries import find_clause
from tenants import tasks
from tenants.export_models import Export
from tenants.operations import exports
from tenants.rules import Role
from tenants.scope import country_scope, division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person, signed_in
from tests.portal.conftest import TAIZHOULU, run_quarter

pytestmark = pytest.mark.django_db
GLOSSARY_OF_THE_CODE = [  # the words that the portal itself uses and must explain
    "示范型", "普惠型", "设施", "点位", "空间", "集成式", "片区化", "街区化", "个性化功能", "基础功能", "入驻运营项目", "综合运营",
    "幸福合伙人", "空间换服务", "测算", "公布", "读法", "热活度", "自评", "抽检", "名录", "建筑面积", "可用面积", "季度", "缺数据",
]  # fmt: skip


def test_every_word_of_the_portal_is_explained(district):
    assert [word for word in GLOSSARY_OF_THE_CODE if not terms(word)] == []
    assert [term.pinyin for term in terms()] == sorted(term.pinyin for term in terms())


def test_every_clause_that_help_names_is_there(district):
    named = {reference for term in terms() for reference in term.clauses}
    named |= {reference for help in _fields().values() for reference in help.clauses}
    missing = [reference for reference in sorted(named) if find_clause(reference) is None]
    assert missing == []
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    assert {client.get(reverse("standards:clause", args=[r])).status_code for r in sorted(named)[:3]} <= {200, 301, 302}


def test_every_help_belongs_to_a_field_that_exists():
    forms = {
        one
        for form in (FacilityForm, SiteForm, SpaceForm, OperatorForm, ProjectForm, *FORMS.values())
        for one in form.__mro__
    }
    fields = {f"{form.__name__}.{name}" for form in forms for name in getattr(form, "base_fields", {})}
    fields |= {f"{form.__name__}.{name}" for form in forms for name in getattr(form, "declared_fields", {})}
    assert set(_fields()) - fields == set()


# What describes and is counted nowhere.
DESCRIBES = {
    "name", "address", "partner", "item_number", "space", "fee_nature", "starts_on", "last_day", "site", "longitude", "latitude",
    "reason", "document", "effective_on", "community", "lifecycle", "successor", "takes_over",
}  # fmt: skip


def test_every_field_that_counts_says_so():
    silent = [
        f"{form.__name__}.{name}"
        for form in (FacilityForm, SiteForm, SpaceForm, OperatorForm, ProjectForm, *FORMS.values())
        for name in form.base_fields
        if name not in DESCRIBES and field_help(form, name) is None
    ]
    assert silent == ["SpaceForm.floor_area_m2"]  # rooms are counted by usable area alone


def test_the_words_stand_below_their_field(district):
    with opened_scope(division_scope(GONGSHU)):
        one = make.demonstration(1, code=TAIZHOULU)
    page = signed_in(Role.STREET_CLERK, GONGCHENQIAO).get(f"/facilities/{one.uuid}/sites/add/").content.decode()
    assert "有证明的面积才计入等级" in page
    assert page.count("什么算数") == 2


def test_the_glossary_is_searched_by_word_pinyin_and_clause(district):
    client = signed_in(Role.ASSESSOR, GONGSHU)
    found = {
        q: [term.name for term in client.get(f"/help/?q={q}").context["terms"]] for q in ("mianjiz", "占比", "附件 四3")
    }
    assert found["mianjiz"] == ["面积证明"]
    assert "入驻运营项目" in found["占比"]
    assert found["附件 四3"] == ["半年核查"]
    assert "没有查到这个词" in client.get("/help/?q=qz").content.decode()


def test_the_guide_is_closed_for_good_and_can_be_seen_again(district):
    clerk = person(Role.STREET_CLERK, GONGCHENQIAO)
    client = client_of(clerk)
    assert "第一次来，从这里开始" in client.get("/workbench/").content.decode()
    client.post("/help/guide/", {"act": "close"})
    assert "第一次来，从这里开始" not in client_of(clerk).get("/workbench/").content.decode()
    client.post("/help/guide/", {"act": "open"})
    assert "第一次来，从这里开始" in client.get("/workbench/").content.decode()


# --- the file of a facility ---


@pytest.fixture
def judged(district):
    with opened_scope(division_scope(GONGSHU)):
        one = make.demonstration(1, code=TAIZHOULU, address="登云路 9 号", is_demo=True)
        one.sites.update(floor_area_m2="940")
    run_quarter()
    return one


def file_of(client, facility) -> tuple[int, str]:
    answer = client.get(f"/facilities/{facility.uuid}/file.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return text_of(answer)


def text_of(answer) -> tuple[int, str]:
    pages = PdfReader(BytesIO(answer.content)).pages
    text = normalize("NFKC", "".join(page.extract_text() for page in pages))  # the font shares glyphs of radicals
    return len(pages), re.sub(r"[\s\0]", "", text)


def test_the_file_holds_tier_clauses_ledgers_pages_and_the_mark(judged):
    pages, plain = file_of(signed_in(Role.STREET_CLERK, GONGCHENQIAO), judged)
    told = ("第1幸福家园", "普惠型", "940㎡", "差60㎡", "拱墅三(一)1", "集成式阵地面积不少于1000平方米", "创投1")
    assert [words for words in told if normalize("NFKC", words) not in plain] == []
    for number in range(1, pages + 1):
        assert f"第{number}页,共{pages}页" in plain
    assert plain.count("演示数据,均为虚构") == pages


def test_the_file_of_a_facility_without_a_result_or_a_right_to_it(judged):
    _, text = file_of(signed_in(Role.OPERATOR, GONGSHU, facility_ids=[judged.pk]), judged)
    assert "没有测算结果" in text
    assert signed_in(Role.STREET_CLERK, HUSHU).get(f"/facilities/{judged.uuid}/file.pdf").status_code == 404


def test_a_long_file_is_made_by_a_task_with_progress(judged, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("portal.pdf.export.LARGE", 10)
    with opened_scope(division_scope(GONGSHU)):
        for number in range(60):
            make.project(judged, f"四点半课堂 {number}")
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    offered = clerk.get(f"/facilities/{judged.uuid}/file.pdf", follow=True)
    [(address, _)] = offered.redirect_chain
    assert "由后台做成 PDF" in offered.content.decode()
    assert clerk.post(address)["Location"] == "/exports/"
    moved = []
    note = exports._note
    monkeypatch.setattr(
        exports, "_note", lambda export, **values: (moved.append(values.get("rows_done")), note(export, **values))
    )
    with opened_scope(country_scope()):
        export = Export.objects.get()
    tasks.make_export.run(export_id=export.pk, division_code=export.division_code)
    with opened_scope(country_scope()):
        export.refresh_from_db()
    assert (export.state, export.rows_done) == ("done", export.rows_total)
    assert [done for done in moved if done] == list(range(1, export.rows_total + 1))
    answer = clerk.get(f"/exports/{export.uuid}/")
    assert answer["Content-Type"] == "application/pdf"
    short, _ = file_of(
        signed_in(Role.OPERATOR, GONGSHU, facility_ids=[judged.pk]), judged
    )  # whoever has no list of exports
    assert text_of(answer)[0] > short
    assert signed_in(Role.STREET_CLERK, HUSHU).get(address).status_code == 404
