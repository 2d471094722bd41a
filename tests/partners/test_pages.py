"""The pages of partners: a whole life clicked through, who may press what, and how many queries the lists take."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners import operations
from partners.models import Agreement, Application, Call, Credential, Partner, ResidentProject
from partners.operations import brands
from tenants.measures import forget_all
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.samples import picture
from tests.partners import life as tale
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, signed_in
from tests.portal.test_queries import queries

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-1", "PAR-7")]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>"


@pytest.fixture
def clerk():
    return signed_in(Role.STREET_CLERK, GONGCHENQIAO)


@pytest.fixture
def reviewer():
    return signed_in(Role.STREET_REVIEWER, GONGCHENQIAO)


@pytest.fixture
def facility():
    with opened_scope(division_scope(GONGSHU)):
        return tale.facility()


def told(client, address, **data) -> str:
    """What a page says after something was sent to it."""
    answer = client.post(address, data, follow=True)
    assert answer.status_code == 200, address
    return " ".join(str(message) for message in answer.context["messages"])


def seen(model, **wanted):
    with opened_scope(division_scope(GONGSHU)):
        return model.objects.get(**wanted)


def test_a_whole_life_on_the_pages(clerk, reviewer, facility):
    today = timezone.localdate()
    sent = {
        "title": "助老服务征集",
        "opens_on": today,
        "closes_on": today,
        "link_is_open": "on",
        "scoring": tale.SCORING,
        "panel": tale.PANEL,
    }
    assert (
        clerk.post("/partners/calls/add/", {**sent, "token": "0" * 8 + "-0000-4000-8000-" + "0" * 12}).status_code
        == 302
    )
    call = seen(Call)
    page, act = reverse("partners:call", args=[call.uuid]), reverse("partners:call_act", args=[call.uuid])
    assert "还没有需求" in told(clerk, act, act="open")
    assert "已加需求" in told(clerk, act, act="add_need", facility=str(facility.uuid), text="上门助浴", item="3")
    assert "已发布" in told(clerk, act, act="open")
    link = clerk.get(page).context["link"]

    with opened_scope(division_scope(GONGSHU)):
        need = call.needs.get()
    applicant = Client()
    assert applicant.get(link).status_code == 200
    values = {
        "need": need.pk, "name": "热心张阿姨", "kind": "resident", "proposal": "每周二四上门", "contact_name": "张阿姨",
        "contact_phone": "13812340001",
    }  # fmt: skip
    wrong = applicant.post(link, {**values, "contact_phone": "123"})
    assert (wrong.status_code, "11 位手机号" in wrong.content.decode()) == (422, True)
    answer = applicant.post(link, values)
    application = seen(Application)
    assert application.number in answer.content.decode()
    assert application.contact_phone.stored != b"13812340001"

    act = reverse("partners:application_act", args=[application.uuid])
    assert "138****0001" in clerk.get(reverse("partners:application", args=[application.uuid])).content.decode()
    assert "资格审查通过" in told(clerk, act, act="qualify")
    for member in tale.PANEL.split():
        given = {"member": member, "p0": "32", "p1": "24", "p2": "16", "p3": "8"}
        sheet = SimpleUploadedFile("评分表.jpg", picture("JPEG"), "image/jpeg")
        assert "已录入" in told(clerk, reverse("partners:score_sheet", args=[application.uuid]), sheet=sheet, **given)
    assert "平均 80.00 分" in told(clerk, act, act="score")
    assert "要由有权限的人办" in told(clerk, act, act="announce")
    assert "开始公示" in told(reviewer, act, act="announce")
    assert "期满才能准入" in told(reviewer, act, act="admit")
    with opened_scope(division_scope(GONGSHU)):
        Application.objects.update(notice_to=today - timedelta(days=1))
    assert "准予入驻" in told(reviewer, act, act="admit")

    agreed = reverse("partners:agreement_new", args=[application.uuid])
    paper = {
        "number": "拱宸桥协 2026-01", "service": "上门助浴", "moves_in": "service", "starts_on": today,
        "last_day": today + timedelta(days=364), "hours": "周二、周四", "duties": "甲方联系老人，乙方上门。",
        "prices": "助浴 低收费 30 元/次\n量血压 免费",
    }  # fmt: skip
    unread = clerk.post(agreed, {**paper, "prices": "助浴"})
    assert (unread.status_code, "读不懂" in unread.content.decode()) == (422, True)
    assert clerk.post(agreed, paper).status_code == 302
    agreement = seen(Agreement)
    act = reverse("partners:agreement_act", args=[agreement.uuid])
    assert "要由有权限的人办" in told(clerk, act, act="sign", signed_on=today)
    assert "已登记签订" in told(reviewer, act, act="sign", signed_on=today)
    assert "还有没到位的" in told(clerk, act, act="check_landing", p0="1", text="缺价目")
    assert "先做落地核查" in told(clerk, act, act="land")
    landed = dict.fromkeys(("p0", "p1", "p2", "p3", "p4"), "1")
    assert "核查通过" in told(clerk, act, act="check_landing", text="都到位了", **landed)
    assert "已登记落地" in told(clerk, act, act="land")
    assert seen(ResidentProject).name == "上门助浴"
    asked = {"p0": "20", "p1": "30", "p2": "20", "p3": "15", "p4": "15", "surveyed": "100", "text": "不错"}
    assert "转入限期整改" in told(clerk, act, act="assess", satisfied="79", **asked)
    assert "整改已办结" in told(reviewer, act, act="mended", reason="换了班次，回访满意")
    assert "评估通过" in told(clerk, act, act="assess", satisfied="80", **asked)
    last = today + timedelta(days=30)
    assert "已开始准出" in told(reviewer, act, act="exit", last_day=last, reason="搬去外地")
    assert "已办结准出" in told(reviewer, act, act="leave")
    assert seen(ResidentProject).ends_on == last + timedelta(days=1)
    assert reviewer.get(reverse("partners:agreement", args=[agreement.uuid])).content.decode().count("合伙") > 3
    for form, head in (("docx", b"PK"), ("pdf", b"%PDF")):
        answer = clerk.get(reverse("partners:agreement_paper", args=[agreement.uuid]), {"format": form})
        assert (answer.status_code, answer.content[: len(head)]) == (200, head)


def test_the_link_takes_nothing_after_the_last_day_and_no_forged_token(clerk, facility):
    with opened_scope(division_scope(GONGSHU)):
        call, _ = tale.opened_call(facility, tale.post(Role.STREET_CLERK), timezone.localdate())
    link = clerk.get(reverse("partners:call", args=[call.uuid])).context["link"]
    applicant = Client()
    assert applicant.get(link[:-4] + "xxxx/").status_code == 404
    with opened_scope(division_scope(GONGSHU)):
        Call.objects.update(opens_on=date(2026, 1, 1), closes_on=timezone.localdate() - timedelta(days=1))
    assert "现在不收申请" in applicant.get(link).content.decode()
    with opened_scope(division_scope(GONGSHU)):
        Call.objects.update(closes_on=timezone.localdate(), link_is_open=False)
    assert "现在不收申请" in applicant.post(link, {}).content.decode()
    assert not _count(Application)


def _count(model) -> int:
    with opened_scope(division_scope(GONGSHU)):
        return model.objects.count()


@pytest.fixture(autouse=True)
def _nobody_has_applied_yet():
    forget_all()


def test_an_address_has_its_hourly_measure_in_all_processes_together(clerk, facility, monkeypatch):
    with opened_scope(division_scope(GONGSHU)):
        call, need = tale.opened_call(facility, tale.post(Role.STREET_CLERK), timezone.localdate())
    link = clerk.get(reverse("partners:call", args=[call.uuid])).context["link"]
    monkeypatch.setattr("partners.views.applications.AT_MOST", 2)
    values = {
        "need": need.pk,
        "kind": "resident",
        "proposal": "上门",
        "contact_name": "张",
        "contact_phone": "13812340001",
    }
    applicant = Client(REMOTE_ADDR="198.51.100.77")
    answers = []
    for number in range(3):
        answers.append(applicant.post(link, {**values, "name": f"居民{number}"}).status_code)
        cache.clear()  # what this process alone would know of it
    assert (answers, _count(Application)) == ([200, 200, 429], 2)


def test_an_application_with_a_file_of_no_known_kind_is_refused_and_a_pdf_is_kept(clerk, facility):
    with opened_scope(division_scope(GONGSHU)):
        call, need = tale.opened_call(facility, tale.post(Role.STREET_CLERK), timezone.localdate())
    address = reverse("partners:application_add", args=[call.uuid])
    values = {
        "need": need.pk, "name": "橹声养老", "kind": "market", "uscc": tale.USCC, "proposal": "十人团队", "contact_name": "周负责",
        "contact_phone": "13812340001",
    }  # fmt: skip
    refused = clerk.post(address, {**values, "files": SimpleUploadedFile("x.exe", b"MZ")})
    assert (refused.status_code, _count(Application)) == (422, 0)
    assert clerk.post(address, values).status_code == 302
    application = seen(Application)
    assert application.findings == "须补正：没有上传营业执照或登记证书。"


# --- the registry -----------------------------------------------------------------------------------------------------


def test_a_partner_is_registered_once(clerk):
    sent = {"name": "橹声养老", "kind": "market", "uscc": tale.USCC, "token": "0" * 8 + "-0000-4000-8000-" + "1" * 12}
    wrong = clerk.post("/partners/add/", {**sent, "uscc": tale.USCC[:-1] + "1"})
    assert (wrong.status_code, "校验位不对" in wrong.content.decode()) == (422, True)
    assert clerk.post("/partners/add/", sent).status_code == 302
    twin = clerk.post(
        "/partners/add/", {**sent, "name": "另一个名字", "token": "0" * 8 + "-0000-4000-8000-" + "2" * 12}
    )
    assert (twin.status_code, "已登记在“橹声养老”名下" in twin.content.decode()) == (422, True)
    partner = seen(Partner)
    assert (partner.division_code, partner.uscc) == (GONGCHENQIAO, tale.USCC)
    assert signed_in(Role.STREET_CLERK, HUSHU).get(reverse("partners:partner", args=[partner.uuid])).status_code == 404
    community = signed_in(Role.COMMUNITY_REPORTER, tale.COMMUNITY)
    assert community.get(reverse("partners:partner", args=[partner.uuid])).status_code == 200
    assert community.get(reverse("partners:partner_edit", args=[partner.uuid])).status_code == 403


def test_a_licence_that_runs_out_is_on_the_workbench_and_a_grade_is_not(clerk):
    today = timezone.localdate()
    with opened_scope(division_scope(GONGSHU)):
        partner = operations.register_partner(name="橹声养老", kind="market", division_code=GONGCHENQIAO, by=None)
    add = reverse("partners:credential_add", args=[partner.uuid])
    licence = {
        "kind": "permit",
        "title": "食品经营许可证",
        "issuer": "市场监管局",
        "issued_on": "2025-01-01",
        "valid_until": today,
    }
    assert "已登记食品经营许可证" in told(clerk, add, **licence)
    grade = {
        "kind": "credit",
        "title": "安心家政信用等级",
        "issuer": "安心家政",
        "grade": "A",
        "issued_on": "2026-01-01",
    }
    assert "要附凭证" in told(clerk, add, **grade)
    due = clerk.get("/workbench/due/").content.decode()
    assert ("合伙人证照到期" in due, "食品经营许可证" in due, "安心家政" in due) == (True, True, False)
    old = seen(Credential)
    assert "已登记食品经营许可证" in told(
        clerk, add, **{**licence, "valid_until": "2030-01-01", "issued_on": today, "replaces": str(old.uuid)}
    )
    assert "合伙人证照到期" not in clerk.get("/workbench/due/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_and_the_partner_page_take_at_most_twelve_queries(facility, rows):
    today = timezone.localdate()
    with opened_scope(division_scope(GONGSHU)):
        clerk, reviewer = tale.post(Role.STREET_CLERK), tale.post(Role.STREET_REVIEWER)
        for number in range(rows):
            where = facility if not number else tale.facility(f"家园{number}")
            call, need = tale.opened_call(where, clerk)
            one = tale.applied(call, need, kind="resident", uscc="", name=f"居民{number}", phone=f"1381234000{number}")
            tale.running(
                tale.scored(one, clerk, tale.MARCH), clerk, reviewer, tale.MARCH, ends_on=today + timedelta(days=40)
            )
        partner = Partner.objects.order_by("pk").first()
        agreement = Agreement.objects.order_by("pk").first()
        brand = brands.register_brand(division_code=GONGSHU, name="邻里", by=None)
        for one in Partner.objects.all():
            brands.join(brand=brand, partner=one, starts_on=today, by=None)
    officer = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    addresses = [
        "/partners/", "/partners/calls/", "/partners/agreements/", "/partners/selections/", "/partners/exemplars/",
        "/partners/honours/", f"/partners/{partner.uuid}/", f"/partners/{partner.uuid}/?tab=papers",
        f"/partners/{partner.uuid}/?tab=honours", f"/partners/{partner.uuid}/?tab=record", f"/partners/{partner.uuid}/?tab=activities",
        f"/partners/agreements/{agreement.uuid}/", "/partners/brands/", f"/partners/brands/{brand.uuid}/",
    ]  # fmt: skip
    taken = {address: queries(officer, address) for address in addresses}
    assert {address: number for address, number in taken.items() if number > 12} == {}
