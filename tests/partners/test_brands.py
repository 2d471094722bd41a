"""Brand groups: who belongs to one from when on, where it serves, and what a merge of partners does with it."""

from datetime import UTC, date, datetime

import pytest

from partners.models import Brand, BrandMember, OperatingFigure, Partner
from partners.operations import PartnerRefused, brands, record_project, register_partner
from partners.operations.partner import merge_partners, undo_merge
from partners.queries.brands import brand_in_month, membership
from partners.queries.operating import figures, groups
from tenants.editing import EditRefused
from tenants.models import User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.partners import life as tale
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-6")]
MAY, NOW = date(2026, 5, 1), datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.fixture
def in_gongshu(db):
    with opened_scope(division_scope(GONGSHU)):
        yield


def partner(name="橹声餐饮", code=GONGSHU, **described) -> Partner:
    return register_partner(name=name, kind="market", division_code=code, by=None, **described)


def brand(name="橹声") -> Brand:
    return brands.register_brand(division_code=GONGSHU, name=name, by=None)


def test_a_partner_is_of_one_brand_at_a_time(in_gongshu):
    one, first, second = partner(), brand(), brand("邻里")
    brands.join(brand=first, partner=one, starts_on=MAY, by=None)
    with pytest.raises(PartnerRefused, match="属于另一个品牌"):
        brands.join(brand=second, partner=one, starts_on=date(2026, 8, 1), by=None)
    with pytest.raises(PartnerRefused, match="已经在这个品牌里"):
        brands.join(brand=first, partner=one, starts_on=date(2026, 8, 1), by=None)
    brands.leave(member=BrandMember.objects.get(), ends_on=date(2026, 8, 1), by=None)
    brands.join(brand=second, partner=one, starts_on=date(2026, 8, 1), by=None)
    days = (date(2026, 4, 30), MAY, date(2026, 7, 31), date(2026, 8, 1))
    found = [membership(one, day) for day in days]
    assert [each and each.brand.name for each in found] == [None, "橹声", "橹声", "邻里"]


def test_a_brand_is_registered_once_by_the_district(in_gongshu):
    brand()
    with pytest.raises(EditRefused, match="已经登记过这个品牌"):
        brand()
    with pytest.raises(EditRefused, match="由区里登记"):
        brands.register_brand(division_code=GONGCHENQIAO, name="别的", by=None)


def test_a_merge_of_partners_keeps_the_brand_and_its_undo_gives_it_back(in_gongshu):
    kept, gone, group = partner(), partner("橹声餐饮管理"), brand()
    by = User.objects.create_user("merger", password="x")
    brands.join(brand=group, partner=kept, starts_on=date(2026, 6, 1), by=None)
    brands.join(brand=group, partner=gone, starts_on=MAY, by=None)
    merged = merge_partners(kept=kept, gone=gone, by=by, now=NOW, reason="是同一家公司")
    assert membership(kept, MAY).brand == group
    assert sorted(BrandMember.objects.values_list("partner__name", flat=True)) == ["橹声餐饮", "橹声餐饮"]
    undo_merge(merge=merged, by=by, now=NOW, reason="核对后是两家")
    assert [membership(one, MAY) and one.name for one in (kept, gone)] == [None, "橹声餐饮管理"]


def test_partners_of_two_brands_are_not_merged_before_one_has_left(in_gongshu):
    kept, gone = partner(), partner("邻里餐饮")
    by = User.objects.create_user("merger", password="x")
    for one, name in ((kept, "橹声"), (gone, "邻里")):
        brands.join(brand=brand(name), partner=one, starts_on=MAY, by=None)
    with pytest.raises(PartnerRefused, match="同时属于“橹声”和“邻里”两个品牌"):
        merge_partners(kept=kept, gone=gone, by=by, now=NOW, reason="是同一家公司")


def test_the_comparison_of_brands_follows_the_months_of_membership(in_gongshu):
    one, where, group = partner(), tale.facility(), brand()
    brands.join(brand=group, partner=one, starts_on=date(2026, 5, 20), by=None)
    brands.leave(member=BrandMember.objects.get(), ends_on=date(2026, 7, 1), by=None)
    for month in (4, 5, 6, 7):
        OperatingFigure.objects.create(
            division_code=where.division_code, facility=where, partner=one, month=date(2026, month, 1), item="low_fees",
            amount_fen=10**month,
        )  # fmt: skip
    post = tale.post(Role.DISTRICT_ADMIN, GONGSHU)
    found = groups(figures(post, date(2026, 1, 1), date(2026, 12, 1)), "brand", {}, brand_in_month(post))
    assert [(row.name, row.balance.income_fen) for row in found] == [("橹声", 1_100_000), ("没有品牌", 10_010_000)]


def test_the_page_of_a_brand_shows_what_the_viewer_may_see(in_gongshu):
    one, other, group = partner(), partner("橹声小店", code=GONGCHENQIAO), brand()
    here, there = tale.facility(), tale.facility("湖墅家园", code=330105002051)
    for who, where in ((one, there), (other, here)):
        brands.join(brand=group, partner=who, starts_on=MAY, by=None)
        record_project(facility=where, name=f"{who.name}食堂", run_by="market", starts_on=MAY, by=None, partner=who)
    officer, clerk = signed_in(Role.DISTRICT_ADMIN, GONGSHU), signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    address = f"/partners/brands/{group.uuid}/"
    seen = officer.get(address).content.decode()
    assert ("湖墅家园" in seen, "桥西家园" in seen, "橹声小店" in seen) == (True, True, True)
    near = clerk.get(address).content.decode()
    assert ("湖墅家园" in near, "桥西家园" in near, "橹声小店" in near) == (False, True, True)
    far = signed_in(Role.STREET_CLERK, HUSHU).get(address).content.decode()
    assert ("湖墅家园" in far, "桥西家园" in far, "橹声小店" in far) == (True, False, False)


def test_a_street_lets_its_own_partner_join_and_no_other(in_gongshu):
    own, above, group = partner("橹声小店", code=GONGCHENQIAO), partner(), brand()
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    for one in (own, above):
        sent = {"act": "join", "one": str(one.uuid), "starts_on": "2026-05-01"}
        assert clerk.post(f"/partners/brands/{group.uuid}/act/", sent, follow=True).status_code == 200
    member = BrandMember.objects.get()
    assert (member.partner_id, member.division_code) == (own.pk, GONGCHENQIAO)
    clerk.post(
        f"/partners/brands/{group.uuid}/act/", {"act": "leave", "one": str(member.uuid), "last_day": "2026-10-31"}
    )
    assert BrandMember.objects.get().ends_on == date(2026, 11, 1)
    assert "由区里登记" in clerk.get("/partners/brands/add/", follow=True).content.decode()
