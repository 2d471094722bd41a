"""Parts of a page that are drawn once and kept: nobody meets another person's, and what changes is drawn anew."""

import re

import pytest
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from portal.queries.facility_list import CappedPaginator
from portal.templatetags import ui
from portal.templatetags.quick import Fixed
from tenants.models import Division, DivisionLevel, User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person
from tests.portal.conftest import facilities, run_quarter

pytestmark = pytest.mark.django_db


def topbar_of(client, address: str = "/facilities/") -> str:
    page = client.get(address).content.decode()
    return page[page.index('<header class="topbar">') : page.index("</header>")]


def token_in(html: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', html)[1]


def test_the_bar_above_a_page_is_that_of_the_person_and_holds_a_token_of_the_request(district):
    people = [
        person(Role.STREET_CLERK, code, display_name=name) for code, name in ((HUSHU, "甲<b>"), (GONGCHENQIAO, "乙"))
    ]
    clients = [client_of(one) for one in people]
    bars = [topbar_of(client) for client in clients * 2]
    assert [("甲&lt;b&gt;" in bar, "乙" in bar) for bar in bars] == [(True, False), (False, True)] * 2
    assert len({token_in(bar) for bar in bars}) == 4
    assert not any("\0" in bar for bar in bars)


def test_the_bar_follows_the_account_the_open_page_and_the_type_size(district):
    user = person(Role.DISTRICT_ADMIN, GONGSHU, display_name="旧名")
    client = client_of(user)
    assert "旧名" in topbar_of(client)
    User.objects.filter(pk=user.pk).update(display_name="新名")
    renamed = topbar_of(client)
    assert ("新名" in renamed, "旧名" in renamed, 'aria-pressed="false"' in renamed) == (True, False, True)
    client.cookies["large_type"] = "1"
    assert 'aria-pressed="true"' in topbar_of(client)
    current = re.compile(r'<a href="([^"]+)" aria-current="page">')
    assert [current.findall(topbar_of(client, one)) for one in ("/facilities/", "/runs/")] == [
        ["/facilities/"],
        ["/runs/"],
    ]


def test_the_filters_offer_the_streets_and_quarters_of_the_moment(district):
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    with opened_scope(division_scope(GONGSHU)):
        facilities(1)
    assert "半山新街道" not in client.get("/facilities/").content.decode()
    Division.objects.create(code=330105099000, name="半山新街道", level=DivisionLevel.STREET)
    before = client.get("/facilities/").content.decode()
    assert ("半山新街道" in before, "未达哪一条" in before) == (True, False)
    with opened_scope(division_scope(GONGSHU)):
        run_quarter()
    assert "未达哪一条" in client.get("/facilities/").content.decode()


def test_what_was_searched_for_is_not_kept(district):
    with opened_scope(division_scope(GONGSHU)):
        facilities(3)
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    kept = len(ui._pagers)
    assert 'value="某人的电话"' in client.get("/facilities/?q=某人的电话").content.decode()
    client.get("/facilities/?q=幸福&page=1")
    assert (len(ui._pagers), "某人的电话" in client.get("/facilities/").content.decode()) == (kept, False)


def test_page_links_follow_the_page_and_the_number_of_rows():
    def links(query: str, rows: int) -> str:
        request = RequestFactory().get(f"/facilities/{query}")
        page = CappedPaginator(User.objects.none(), 2)
        page.__dict__.update(counted=rows, first=[])
        context = RequestContext(request, {"page": page._get_page([], int(request.GET.get("page", 1)), page)})
        return Template('{% load ui %}{% pager page "座" %}').render(context)

    for _ in range(2):
        assert ("共 3 座" in links("", 3), "共 5 座" in links("", 5)) == (True, True)
        assert re.findall(r'aria-current="page" href="([^"]+)"', links("?page=2", 5)) == ["?page=2"]
        assert 'href="?q=%E5%AE%B6&amp;page=2"' in links("?q=家", 3)


def test_a_tag_with_constants_is_drawn_once_and_one_with_a_variable_each_time():
    template = Template('{% load ui %}{% for name in names %}{% icon "search" %}{% icon name %}{% endfor %}')
    loop = template.nodelist[1]
    assert [isinstance(node, Fixed) for node in loop.nodelist_loop] == [True, False]
    assert template.render(Context({"names": ["x", "plus"]})) == "".join(
        ui.icon(name) for name in ("search", "x", "search", "plus")
    )
