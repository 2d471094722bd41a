"""A street files its self-evaluation, page by page; the district takes it in; who sees what of it."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from assessments.models import Correction, EvaluatedFacility, Filing, SelfEvaluation
from facilities.models import Attachment
from tenants.models import Message
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import self_evaluation as se
from tests.assessments.self_evaluation import HUSHU, MISHIXIANG, NOW
from tests.people import GONGSHU, client_of, signed_in

pytestmark = pytest.mark.requirement("HOT-2")


@pytest.fixture
def staff(standards):
    with opened_scope(division_scope(GONGSHU)):
        return se.staff(MISHIXIANG)


@pytest.fixture
def opened(staff):
    with opened_scope(division_scope(GONGSHU)):
        evaluations = se.opened()
        SelfEvaluation.objects.update(due_on=timezone.localdate() + timedelta(days=30))  # pages ask for the day
        return evaluations


def picture(name="登记本.jpg") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def text(answer) -> str:
    return answer.content.decode()


def test_a_street_files_its_self_evaluation(opened, staff, settings, tmp_path):
    """From the message in the inbox to the receipt, through every page, by the people who do it."""
    settings.MEDIA_ROOT = tmp_path
    clerk, chief, officer = (client_of(one) for one in staff)
    evaluation = opened[0]
    with opened_scope(division_scope(MISHIXIANG, user_id=staff[0].pk)):
        [message] = Message.objects.all()
    assert message.link == f"/evaluations/{evaluation.uuid}/"
    # the clerk opens the list, the street, the facility
    assert message.link in text(clerk.get("/evaluations/"))
    page = text(clerk.get(message.link))
    assert ("示例口径，不是官方指标" in page, "还不能报送" in page, "签署并报送给区民政局" in page) == (
        True,
        True,
        False,
    )
    [facility_page] = set(re.findall(r"/evaluations/facilities/[0-9a-f-]{36}/", page))
    page = text(clerk.get(facility_page))
    assert ("办了 0 / 13 项" in page, "20.00 人次/百人·月" in page) == (True, True)
    # one is corrected with a file and a reason, one confirmed, the rest together
    correction = {"act": "correct", "key": "C1", "value": "95", "reason": "补录纸质问卷 40 份"}
    refused = clerk.post(f"{facility_page}decide/", correction, follow=True)
    assert "更正要附佐证" in text(refused)
    assert "已更正，自评得分已重算" in text(
        clerk.post(f"{facility_page}decide/", {**correction, "file": picture()}, follow=True)
    )
    assert "已按台账确认。" in text(clerk.post(f"{facility_page}decide/", {"act": "confirm", "key": "A1"}, follow=True))
    page = text(clerk.post(f"{facility_page}decide/", {"act": "confirm"}, follow=True))
    assert ("其余 11 项" in page, "办了 13 / 13 项" in page, "95.00 %" in page, "登记本.jpg" in page) == (True,) * 4
    with opened_scope(division_scope(GONGSHU)):
        [paper] = Attachment.objects.filter(name="登记本.jpg")
        assert (paper.kind, Correction.objects.get().attachment) == ("evidence", paper)
    # the clerk cannot sign; the person in charge does
    sign = {"declared": "on", "signed_name": staff[1].display_name}
    assert clerk.post(f"{message.link}sign/", sign).status_code == 403
    assert "签署要写你自己的姓名" in text(
        chief.post(f"{message.link}sign/", {**sign, "signed_name": "别人"}, follow=True)
    )
    page = text(chief.post(f"{message.link}sign/", sign, follow=True))
    assert ("已签署并报送" in page, "待区受理" in page) == (True, True)
    assert "内容已经锁定" in text(clerk.post(f"{facility_page}decide/", {"act": "confirm", "key": "A1"}, follow=True))
    # the district looks, receives, registers
    assert "没有要核对的设施" in text(officer.get("/evaluations/checks/"))
    page = text(officer.post(f"{message.link}decide/", {"act": "receive"}, follow=True))
    assert ("已受理" in page, "备案并编号" in page) == (True, True)
    page = text(officer.post(f"{message.link}decide/", {"act": "register"}, follow=True))
    number = f"330105-ZP-{timezone.localdate():%Y}-0001"
    assert f"已备案，备案号 {number}。" in page
    # the street has its receipt
    answer = clerk.get(f"{message.link}receipt.pdf")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert answer["Content-Type"] == "application/pdf"
    assert number in words.replace("\x00", "")
    with opened_scope(division_scope(MISHIXIANG, user_id=staff[0].pk)):
        titles = list(Message.objects.order_by("pk").values_list("title", flat=True))
    assert titles[-1] == f"已备案：2026 年第三季度热活度自评，备案号 {number}"


def test_what_the_district_returned_comes_back_as_a_second_version_and_both_can_be_read(opened, staff):
    clerk, chief, officer = (client_of(one) for one in staff)
    address = f"/evaluations/{opened[0].uuid}/"
    clerk.post(f"{address}confirm/")
    sign = {"declared": "on", "signed_name": staff[1].display_name}
    chief.post(f"{address}sign/", sign)
    page = officer.post(f"{address}decide/", {"act": "return", "reason": "满意度少了纸质问卷"}, follow=True)
    assert "已退回街道" in text(page)
    assert "满意度少了纸质问卷" in text(clerk.get(address))
    with opened_scope(division_scope(GONGSHU)):
        se.corrected(opened[0], "C1", "92", by=staff[0])
    assert "这是第 2 版" in text(chief.post(f"{address}sign/", sign, follow=True))
    chief.post(f"{address}sign/", {**sign, "reason": "补了纸质问卷"})
    with opened_scope(division_scope(GONGSHU)):
        first, second = SelfEvaluation.objects.get(pk=opened[0].pk).versions.order_by("number")
    assert "全部按台账" in text(clerk.get(f"/evaluations/versions/{first.uuid}/"))
    page = text(clerk.get(f"/evaluations/versions/{second.uuid}/"))
    assert ("补了纸质问卷" in page, "群众满意度：按台账，改为92.00 %" in page) == (True, True)
    officer.post(f"{address}decide/", {"act": "receive"})
    officer.post(f"{address}decide/", {"act": "register"})
    assert "已开新一版" in text(chief.post(f"{address}sign/", {"act": "reopen", "reason": "计数器更正"}, follow=True))
    with opened_scope(division_scope(GONGSHU)):
        assert Filing.objects.get().version == second


def test_the_list_is_searched_filtered_sorted_and_exported(opened, staff):
    officer = client_of(staff[2])
    with opened_scope(division_scope(GONGSHU)):
        number = se.registered(opened[0], staff[1], staff[2]).number

    def streets(query: str) -> list[str]:
        return re.findall(
            r'class="b" href="/evaluations/[0-9a-f-]+/">(.*?)</a>', text(officer.get(f"/evaluations/?{query}"))
        )

    assert streets("sort=street") == ["米市巷街道", "湖墅街道"]
    assert streets("q=湖墅") == ["湖墅街道"]
    assert streets(f"q={number}") == ["米市巷街道"]
    assert streets("state=registered") == ["米市巷街道"]
    assert streets("quarter=2025-Q1") == streets("overdue=1") == []
    assert streets("state=nonsense&sort=nonsense&page=99") == ["米市巷街道", "湖墅街道"]
    assert "没有符合条件的自评" in text(officer.get("/evaluations/?q=没有这条街"))
    book = load_workbook(io.BytesIO(officer.get("/evaluations/export/?q=米市巷").content))
    rows = [[cell.value for cell in row] for row in book.active]
    assert [row[0] for row in rows[4:]] == ["米市巷街道"]
    assert number in rows[4]
    with opened_scope(division_scope(GONGSHU)):
        SelfEvaluation.objects.filter(pk=opened[1].pk).update(due_on="2026-11-01")
    assert streets("overdue=1") == ["湖墅街道"]


def test_the_whole_evaluation_is_one_workbook_without_formulas(opened, staff):
    with opened_scope(division_scope(GONGSHU)):
        se.corrected(opened[0], "C1", "95", by=staff[0], reason="=1+1 补录问卷")
    answer = client_of(staff[0]).get(f"/evaluations/{opened[0].uuid}/workbook/")
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["设施", "指标", "更正", "经过"]
    assert book["指标"].max_row == 14
    [row] = list(book["更正"].iter_rows(min_row=2, values_only=True))
    assert row[2:6] == ("群众满意度", "90.00 %", "95.00 %", "=1+1 补录问卷")
    assert [cell.data_type for cell in book["更正"][2]] == ["s"] * 9


def test_the_district_sees_flagged_rows_with_their_reasons_and_streets_do_not(opened, staff):
    officer = client_of(staff[2])
    with opened_scope(division_scope(GONGSHU)):
        for key, value in (("A2", "20"), ("B2", "60"), ("A1", "30")):
            se.corrected(opened[0], key, value, by=staff[0])
        se.filed(opened[0], staff[1])
        row = EvaluatedFacility.objects.get(evaluation=opened[0])
    higher = (row.own_score - row.recorded_score) / 100
    assert higher >= 5
    page = text(officer.get("/evaluations/checks/"))
    assert re.search(rf"高 {higher:.2f}".rstrip("0").rstrip(".") + r"\d* 分，更正了 3 项", page)
    assert "没有符合条件的提示" in text(officer.get("/evaluations/checks/?against=past"))
    assert "米市巷街道" in text(officer.get("/evaluations/?flagged=1"))
    book = load_workbook(io.BytesIO(officer.get("/evaluations/checks/export/").content))
    assert [cell.value for cell in book.active["G"]][4:] == ["与台账"]
    assert client_of(staff[0]).get("/evaluations/checks/").status_code == 403


def test_the_district_sets_how_often_and_from_when(opened, staff):
    officer, address = client_of(staff[2]), "/evaluations/settings/"
    good = {"frequency": "yearly", "fill_days": "45", "starts_on": "2099-01-01", "source": "区民政局纪要 9 号"}
    wrong = [
        ({"frequency": "daily"}, "请选每季度"), ({"fill_days": "61"}, "应在 5 到 60 之间"), ({"fill_days": ""}, "请填填报天数"),
        ({"starts_on": "2020-01-01"}, "不早于今天"), ({"starts_on": "x"}, "起用日写成"), ({"source": ""}, "请填写依据"),
    ]  # fmt: skip
    for change, words in wrong:
        assert words in text(officer.post(address, {**good, **change}, follow=True)), change
    page = text(officer.post(address, good, follow=True))
    assert ("已定：每年（7 月）自评一次，2099-01-01 起用" in page, "2099-01-01 前" in page) == (True, True)
    assert "已经有一个安排" in text(officer.post(address, good, follow=True))


@pytest.mark.parametrize(
    ("role", "code", "status"),
    [
        (Role.STREET_CLERK, HUSHU, 404),
        (Role.COMMUNITY_REPORTER, MISHIXIANG + 51, 403),
        (Role.ASSESSOR, GONGSHU, 403),
        (Role.OPERATOR, GONGSHU, 403),
        (Role.DISTRICT_ADMIN, 330102000000, 404),
    ],
)
def test_nobody_else_opens_it(opened, role, code, status):
    with opened_scope(division_scope(GONGSHU)):
        row = EvaluatedFacility.objects.get(evaluation=opened[0])
    client = signed_in(role, code, facility_ids=[row.facility_id])
    for address in (
        f"{opened[0].uuid}/",
        f"facilities/{row.uuid}/",
        f"{opened[0].uuid}/workbook/",
        f"{opened[0].uuid}/receipt.pdf",
    ):
        assert client.get(f"/evaluations/{address}").status_code == status


def test_pages_take_the_same_number_of_queries_however_many_streets_and_facilities(
    opened, staff, django_assert_max_num_queries
):
    officer, clerk = client_of(staff[2]), client_of(staff[0])
    with opened_scope(division_scope(GONGSHU)):
        row = EvaluatedFacility.objects.get(evaluation=opened[0])
        se.filed(opened[1], se.staff(HUSHU)[1], now=NOW)
    for client, address, most in [
        (officer, "/evaluations/", 24), (officer, f"/evaluations/{opened[1].uuid}/", 24), (officer, "/evaluations/checks/", 20),
        (clerk, f"/evaluations/facilities/{row.uuid}/", 24),
    ]:  # fmt: skip
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_it_is_due_on_the_workbench_of_whoever_acts_next(opened, staff):
    """Of the street until it is filed, of the district until it is registered; late ones can be urged by one click."""
    clerk, officer = client_of(staff[0]), client_of(staff[2])
    address = f"/evaluations/{opened[0].uuid}/"

    def rows(client) -> str:
        return text(client.get("/workbench/due/?late=1"))

    with opened_scope(division_scope(GONGSHU)):
        SelfEvaluation.objects.filter(pk=opened[0].pk).update(due_on="2026-11-01")
    assert (address in rows(clerk), address in rows(officer)) == (True, True)
    [key] = set(re.findall(r'name="key" value="(evaluation:[^"]+)"', rows(officer)))
    assert "已催办：米市巷街道" in text(
        officer.post("/workbench/remind/", {"key": key, "back": "/workbench/due/"}, follow=True)
    )
    with opened_scope(division_scope(GONGSHU)):
        se.filed(opened[0], staff[1])
    assert (address in rows(clerk), "去受理" in rows(officer) or address in rows(officer)) == (False, True)
    with opened_scope(division_scope(MISHIXIANG, user_id=staff[0].pk)):
        assert Message.objects.filter(title__startswith="米市巷街道：2026 年第三季度热活度自评，已超过").count() == 1
