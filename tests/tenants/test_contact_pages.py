"""The page of contact persons: masked, shown for a reason, for those who may."""

import pytest

from facilities.models import ContactPerson
from partners.models import Partner, PartnerContact
from tenants.models import Act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, signed_in
from tests.structure.rows import facility_in, make_row

PHONE = "13812345678"
pytestmark = pytest.mark.django_db


@pytest.fixture
def facility():
    with opened_scope(division_scope(GONGCHENQIAO)):
        return facility_in(GONGCHENQIAO, name="拱宸桥家园")


@pytest.fixture
def clerk():
    return signed_in(Role.STREET_CLERK, GONGCHENQIAO)


def added(client, facility):
    answer = client.post(f"/facilities/{facility.uuid}/contacts/add/", {"name": "张三", "phone": "138 1234 5678"})
    assert answer.status_code == 302
    with opened_scope(division_scope(GONGCHENQIAO)):
        return ContactPerson.objects.get()


def test_the_list_shows_masked_numbers(clerk, facility):
    added(clerk, facility)
    page = clerk.get(f"/facilities/{facility.uuid}/contacts/")
    text = page.content.decode()
    assert "张三" in text
    assert "138****5678" in text
    assert PHONE not in text
    assert "no-store" in page["Cache-Control"]


def test_a_number_is_shown_once_for_a_reason(clerk, facility):
    contact = added(clerk, facility)
    address = f"/facilities/contacts/{contact.uuid}/reveal/"
    assert clerk.get(address).status_code == 405
    refused = clerk.post(address, {"reason": "看"})
    assert refused.status_code == 422
    assert PHONE not in refused.content.decode()
    shown = clerk.post(address, {"reason": "通知整改时间"})
    assert PHONE in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert PHONE not in clerk.get(f"/facilities/{facility.uuid}/contacts/").content.decode()
    with opened_scope(division_scope(GONGCHENQIAO)):
        assert Act.objects.filter(verb="查看个人信息", reason="通知整改时间").count() == 1


def test_who_may_look_but_not_edit_sees_the_mask_alone(clerk, facility):
    contact = added(clerk, facility)
    reviewer = signed_in(Role.DISTRICT_REVIEWER, GONGSHU)
    assert "138****5678" in reviewer.get(f"/facilities/{facility.uuid}/contacts/").content.decode()
    assert reviewer.post(f"/facilities/contacts/{contact.uuid}/reveal/", {"reason": "通知整改时间"}).status_code == 403
    neighbour = signed_in(Role.STREET_CLERK, HUSHU)
    assert neighbour.post(f"/facilities/contacts/{contact.uuid}/reveal/", {"reason": "通知整改时间"}).status_code == 404


def test_only_the_district_erases(clerk, facility):
    contact = added(clerk, facility)
    address = f"/facilities/contacts/{contact.uuid}/erase/"
    assert clerk.post(address, {"reason": "本人要求删除"}).status_code == 403
    admin = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert admin.post(address, {"reason": ""}).status_code == 422
    assert admin.post(address, {"reason": "本人要求删除"}).status_code == 302
    assert "张三" not in admin.get(f"/facilities/{facility.uuid}/contacts/").content.decode()


def test_a_wrong_number_is_refused_in_one_sentence(clerk, facility):
    answer = clerk.post(f"/facilities/{facility.uuid}/contacts/add/", {"name": "张三", "phone": "12345"})
    assert answer.status_code == 422
    assert "请填 11 位手机号，或 0571 开头的 8 位座机号。" in answer.content.decode()


def test_partners_have_contacts_too():
    with opened_scope(division_scope(GONGSHU)):
        partner = make_row(Partner, GONGSHU, name="大运河公益")
    admin = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    admin.post(f"/partners/{partner.uuid}/contacts/add/", {"name": "李四", "phone": "0571-88001234"})
    assert "0571-88****34" in admin.get(f"/partners/{partner.uuid}/contacts/").content.decode()
    with opened_scope(division_scope(GONGCHENQIAO)):
        assert Partner.objects.filter(pk=partner.pk).exists()  # a street reads the district's partner,
        assert PartnerContact.objects.count() == 0  # and not whom to call there


def test_a_street_reads_the_district_s_partner_and_writes_nothing_beside_it(clerk):
    with opened_scope(division_scope(GONGSHU)):
        partner = make_row(Partner, GONGSHU)
    page = clerk.get(f"/partners/{partner.uuid}/contacts/")
    assert page.status_code == 200
    assert "登记联系人" not in page.content.decode()
    refused = clerk.post(f"/partners/{partner.uuid}/contacts/add/", {"name": "张三", "phone": PHONE})
    assert refused.status_code == 422
    assert "由上级登记，这里只能看" in refused.content.decode()
    with opened_scope(division_scope(GONGSHU)):
        assert PartnerContact.objects.count() == 0
