"""A facility is edited, or moves to another street, while the self-evaluation of its street is open."""

import pytest

from assessments.models import EvaluatedFacility, EvaluationVersion, SelfEvaluation
from assessments.queries.evaluations.overview import evaluations
from facilities.models import Facility
from facilities.operations.edit import edit_facility
from tenants.models import Appointment
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import self_evaluation as se
from tests.assessments import year as y
from tests.assessments.self_evaluation import HUSHU, MISHIXIANG
from tests.assessments.test_vitality import lively, run_quarter
from tests.people import GONGSHU, client_of

pytestmark = pytest.mark.requirement("HOT-2")


@pytest.fixture
def street(standards):
    """The open self-evaluation of a street with two facilities, and its people."""
    with opened_scope(division_scope(GONGSHU)):
        y.divisions(GONGSHU)
        staff = se.staff(MISHIXIANG)
        staying, going = lively(8, code=MISHIXIANG + 51), lively(9, code=MISHIXIANG + 52)
        se.quarterly()
        run_quarter()
        se.opening.open_period(district=GONGSHU, quarter=se.Q3, today=se.TODAY, now=se.NOW)
        return SelfEvaluation.objects.get(division_code=MISHIXIANG), staff, staying, going


def move(facility):
    with opened_scope(division_scope(GONGSHU)):
        Facility.objects.filter(pk=facility.pk).update(division_code=HUSHU + 52)


def text(answer):
    return answer.content.decode()


def test_a_facility_is_edited_while_the_self_evaluation_is_open(street):
    evaluation, [clerk, *_], staying, _ = street
    with opened_scope(division_scope(MISHIXIANG)):
        now = Facility.objects.get(pk=staying.pk)
        edit_facility(facility=now, version=now.version, by=clerk, reason="更正名称", name="改过的名称")
    assert "改过的名称" in text(client_of(clerk).get(f"/evaluations/{evaluation.uuid}/"))


def test_the_street_goes_on_without_a_facility_that_moved_away(street):
    evaluation, [clerk, chief, _], staying, going = street
    page = f"/evaluations/{evaluation.uuid}/"
    assert "有设施已划到别的街道" not in text(client_of(clerk).get(page))
    move(going)
    seen = text(client_of(clerk).get(page))
    assert "这 1 座不再由本街道自评，报送时不列入。" in seen
    assert (staying.name in seen, going.name in seen) == (True, False)
    assert "已按台账确认 13 项" in text(client_of(clerk).post(f"{page}confirm/", follow=True))
    sent = {"declared": "on", "signed_name": chief.display_name}
    assert "已签署并报送" in text(client_of(chief).post(f"{page}sign/", sent, follow=True))
    with opened_scope(division_scope(GONGSHU)):
        [filed] = EvaluationVersion.objects.get().content["facilities"]
        assert filed["name"] == staying.name
        assert EvaluatedFacility.objects.get(facility=going).confirmed == []


def test_a_street_without_any_facility_left_is_told_whom_to_ask(street):
    evaluation, [clerk, chief, _], staying, going = street
    page = f"/evaluations/{evaluation.uuid}/"
    move(staying)
    move(going)
    assert "没有还没办的指标" in text(client_of(clerk).post(f"{page}confirm/", follow=True))
    sent = {"declared": "on", "signed_name": chief.display_name}
    assert "没有可以报送的内容。请告诉区民政局" in text(client_of(chief).post(f"{page}sign/", sent, follow=True))


def test_progress_and_means_count_what_the_street_still_has(street):
    """For the district, whose sight the facility has not left, as for the street; what is filed counts as it was filed."""
    evaluation, [clerk, chief, officer], _, going = street

    def counted() -> tuple:
        with opened_scope(division_scope(GONGSHU)):
            one = evaluations(Appointment(role=Role.DISTRICT_ADMIN, division_code=GONGSHU)).get(pk=evaluation.pk)
            return one.total, one.confirmed, one.recorded_mean

    page = f"/evaluations/{evaluation.uuid}/"
    client_of(clerk).post(f"{page}confirm/")
    total, confirmed, _ = counted()
    assert (total, confirmed) == (2, 26)
    move(going)
    total, confirmed, _ = counted()
    assert (total, confirmed) == (1, 13)
    seen = text(client_of(officer).get(page))
    assert ("1 座设施" in seen, "这 1 座不再由本街道自评" in seen, going.name in seen) == (True, True, False)
    client_of(chief).post(f"{page}sign/", {"declared": "on", "signed_name": chief.display_name})
    assert counted()[0] == 2


def test_the_pages_say_of_which_quarter_the_recorded_values_are(street):
    evaluation, [clerk, *_], staying, _ = street
    with opened_scope(division_scope(GONGSHU)):
        row = EvaluatedFacility.objects.get(evaluation=evaluation, facility=staying)
    pages = f"/evaluations/{evaluation.uuid}/", f"/evaluations/facilities/{row.uuid}/"
    assert ["合计" in text(client_of(clerk).get(page)) for page in pages] == [False, False]
    with opened_scope(division_scope(GONGSHU)):
        SelfEvaluation.objects.filter(pk=evaluation.pk).update(frequency="half_yearly", quarter="2026-Q2")
    told = [text(client_of(clerk).get(page)) for page in pages]
    assert ["2026 年第二季度" in page and "不是2026 年上半年合计" in page for page in told] == [True, True]
