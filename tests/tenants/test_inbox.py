"""Messages: who gets them, who reads them, once an occasion, and the digest outside of the portal."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.core import mail
from django.db import ProgrammingError, connection
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tenants.models import ExternalIdentity, Message, MessageKind, User
from tenants.notices import Undelivered, channels
from tenants.operations.digest import send_digests
from tenants.operations.messages import forget_old_messages, holders, mark_all_read, send, send_to_roles
from tenants.queries import current_appointment
from tenants.rules import Role
from tenants.scope import Scope, division_scope, opened_scope, scope_of
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.tenants.stand_in import CLIENT, SECRET, StandIn

pytestmark = pytest.mark.django_db
TAIZHOULU = COMMUNITY_OF[GONGCHENQIAO]
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


@pytest.fixture
def clerk(db) -> User:
    return person(Role.STREET_CLERK, GONGCHENQIAO, email="clerk@example.com")


def told(user: User, number: int = 1, *, code: int = TAIZHOULU, **more) -> int:
    """Messages 1, 2, … to a person, a minute apart."""
    with opened_scope(division_scope(code)):
        return sum(
            send(
                to=[user.pk], kind=MessageKind.DUE, title=f"第 {n} 条", division_code=code, at=NOW + timedelta(minutes=n),
                **more,
            )
            for n in range(1, number + 1)
        )  # fmt: skip


def all_messages() -> list[Message]:
    with opened_scope(division_scope(GONGSHU)):
        return list(Message.objects.order_by("pk"))


# --- sending ---


def test_an_occasion_is_told_once_a_person(clerk):
    other = person(Role.STREET_CLERK, GONGCHENQIAO)
    assert told(clerk, key="return:1:due") == 1
    with opened_scope(division_scope(GONGCHENQIAO)):
        both = [clerk.pk, other.pk]
        assert send(to=both, kind=MessageKind.DUE, title="再说一遍", division_code=TAIZHOULU, key="return:1:due") == 1
        assert send(to=[clerk.pk], kind=MessageKind.DUE, title="没有键", division_code=TAIZHOULU) == 1
        assert send(to=[clerk.pk], kind=MessageKind.DUE, title="没有键", division_code=TAIZHOULU) == 1
        assert send(to=[], kind=MessageKind.DUE, title="没有人", division_code=TAIZHOULU) == 0
    assert [message.user_id for message in all_messages()] == [clerk.pk, other.pk, clerk.pk, clerk.pk]


def test_a_message_goes_with_its_transaction(clerk):
    def taken_back():
        with opened_scope(division_scope(GONGCHENQIAO)):
            assert send(to=[clerk.pk], kind=MessageKind.URGE, title="催办", division_code=TAIZHOULU) == 1
            raise RuntimeError("taken back")

    with pytest.raises(RuntimeError, match="taken back"):
        taken_back()
    assert all_messages() == []


def test_whoever_covers_the_place_is_found_also_above_the_senders_scope(clerk):
    reporter = person(Role.COMMUNITY_REPORTER, TAIZHOULU)
    reviewer = person(Role.DISTRICT_REVIEWER, GONGSHU)
    for elsewhere in (HUSHU, SHANGCHENG):
        person(Role.STREET_CLERK, elsewhere)
    person(Role.COMMUNITY_REPORTER, TAIZHOULU, is_active=False)
    with opened_scope(scope_of_(clerk)):
        found = holders(roles=[Role.STREET_CLERK, Role.COMMUNITY_REPORTER, Role.DISTRICT_REVIEWER], about=TAIZHOULU, day=DAY)  # fmt: skip
        assert found == sorted([clerk.pk, reporter.pk, reviewer.pk])
        assert holders(roles=[Role.DISTRICT_REVIEWER], about=TAIZHOULU, day=date(2025, 12, 31)) == []
        sent = send_to_roles(
            roles=[Role.DISTRICT_REVIEWER], about=TAIZHOULU, day=DAY, kind=MessageKind.REVIEW, title="请审核"
        )
        assert sent == 1
        assert Message.objects.count() == 0  # the sender reads nothing of it
    assert client_of(reviewer).get("/inbox/").context["unread"] == 1


def scope_of_(user: User) -> Scope:
    with opened_scope(Scope()):
        return scope_of(current_appointment(user))


def test_nobody_sends_into_another_division(clerk):
    with pytest.raises(ProgrammingError, match="row-level security"), opened_scope(division_scope(HUSHU)):
        send(to=[clerk.pk], kind=MessageKind.URGE, title="催办", division_code=TAIZHOULU)


@pytest.mark.parametrize("link", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
def test_a_message_leads_into_the_portal_alone(clerk, link):
    with pytest.raises(ValueError, match="a page of this portal"):
        told(clerk, link=link)


# --- reading ---


def test_a_message_is_its_readers_alone(clerk):
    told(clerk)
    [message] = all_messages()
    for who in (person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.DISTRICT_ADMIN, GONGSHU)):
        with opened_scope(scope_of_(who)):
            everything = Message._base_manager.all()
            assert (everything.count(), everything.update(title="x"), everything._raw_delete("default")) == (0, 0, 0)
        assert client_of(who).get(reverse("tenants:message", args=[message.uuid])).status_code == 404
    assert client_of(clerk).get(reverse("tenants:message", args=[message.uuid])).status_code == 200


def test_who_moves_to_another_street_leaves_its_messages_behind(clerk):
    told(clerk, 2)
    assert client_of(clerk).get("/inbox/").context["unread"] == 2
    with opened_scope(division_scope(GONGSHU)):
        clerk.appointments.update(division_code=HUSHU)
    context = client_of(clerk).get("/inbox/").context
    assert (context["unread"], context["page"].paginator.count) == (0, 0)


def test_who_serves_single_facilities_reads_what_was_sent_to_them(db):
    operator = person(Role.OPERATOR, GONGSHU, facility_ids=[1])
    told(operator, 2)
    context = client_of(operator).get("/inbox/").context
    assert (context["unread"], context["page"].paginator.count) == (2, 2)


def test_opening_a_message_is_reading_it(clerk):
    told(clerk, 2, text="第四季度还没有报送。", link="/facilities/")
    client = client_of(clerk)
    first = client.get("/inbox/").context["page"][0]
    answer = client.get(reverse("tenants:message", args=[first.uuid]))
    assert (answer.context["unread"], "第四季度还没有报送。" in answer.content.decode()) == (1, True)
    read_at = next(m.read_at for m in all_messages() if m.pk == first.pk)
    client.get(reverse("tenants:message", args=[first.uuid]))
    assert [m.read_at for m in all_messages() if m.read_at] == [read_at]


def test_all_that_the_filters_show_can_be_marked_as_read(clerk):
    told(clerk, 3)
    with opened_scope(division_scope(GONGCHENQIAO)):
        send(to=[clerk.pk], kind=MessageKind.URGE, title="催办", division_code=TAIZHOULU)
    client = client_of(clerk)
    client.post("/inbox/read/", {"kind": "due"})
    assert [m.title for m in all_messages() if m.read_at is None] == ["催办"]
    client.post("/inbox/read/")
    assert client.get("/inbox/").context["unread"] == 0


def test_search_filters_order_pages_and_export(clerk):
    told(clerk, 31)
    with opened_scope(division_scope(GONGCHENQIAO)):
        send(to=[clerk.pk], kind=MessageKind.URGE, title="=1+1", text="桥西", division_code=TAIZHOULU)
        mark_all_read(messages=Message.objects.filter(title="第 1 条"), now=NOW)
    client = client_of(clerk)

    def found(query):
        return [one.title for one in client.get(f"/inbox/{query}").context["page"]]

    assert found("?q=桥西") == found("?kind=urge") == ["=1+1"]
    assert found("?state=read") == ["第 1 条"]
    assert found("?sort=old")[:2] == ["第 1 条", "第 2 条"]
    assert found("?page=2&kind=due") == ["第 1 条"]
    assert found("?kind=nonsense&q=没有这一条") == []
    assert "没有符合条件的消息" in client.get("/inbox/?q=没有这一条").content.decode()
    sheet = load_workbook(BytesIO(client.get("/inbox/export/?kind=urge").content)).active
    assert [[cell.value for cell in row][1:4] for row in sheet] == [["类别", "标题", "内容"], ["催办", "=1+1", "桥西"]]


def test_an_empty_inbox_says_what_will_come(clerk):
    assert "还没有消息" in client_of(clerk).get("/inbox/").content.decode()


@pytest.mark.parametrize("number", [1, 3, 300])
def test_the_inbox_takes_seven_queries_and_the_bell_none(clerk, django_assert_num_queries, number):
    told(clerk, number)
    client = client_of(clerk)
    client.get("/inbox/")
    with django_assert_num_queries(7):  # session, user, savepoint, scope with appointment and bell, count, page, end
        client.get("/inbox/" if number <= 30 else "/inbox/?q=第 7 条")
    assert client.get("/account/logins/").context["unread"] == min(number, 100)


def test_the_count_is_read_from_the_index_of_unread_messages(clerk):
    told(clerk, 3)
    with opened_scope(Scope(user_id=clerk.pk)), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT count(*) FROM tenants_message WHERE user_id = %s AND read_at IS NULL", [clerk.pk]
        )
        assert "message_un" in "".join(row[0] for row in cursor.fetchall())


def test_old_messages_are_forgotten(clerk, settings):
    told(clerk, 2)
    with opened_scope(division_scope(GONGSHU)):
        assert forget_old_messages(now=NOW + timedelta(days=settings.MESSAGE_DAYS)) == 0
        assert forget_old_messages(now=NOW + timedelta(days=settings.MESSAGE_DAYS, minutes=1, seconds=30)) == 1


# --- the digest ---


def test_a_digest_names_unread_messages_once(clerk):
    told(clerk, 7, text="只在平台里看")
    without = person(Role.STREET_CLERK, GONGCHENQIAO)
    not_wanted = person(Role.STREET_CLERK, GONGCHENQIAO, email="no@example.com", wants_digest=False)
    told(without)
    told(not_wanted)
    assert send_digests(now=NOW) == 1
    [letter] = mail.outbox
    assert letter.to == ["clerk@example.com"]
    assert letter.subject == "大运河幸福家园管理平台：7 条未读消息"
    assert letter.body.splitlines() == [
        f"{clerk.display_name}，你好。未读消息：到期提醒 7 条。",
        "· 第 7 条", "· 第 6 条", "· 第 5 条", "· 第 4 条", "· 第 3 条", "还有 2 条。", "",
        "登录平台查看：http://localhost:8000/inbox/",
    ]  # fmt: skip
    assert send_digests(now=NOW + timedelta(days=1)) == 0
    told(clerk, 1)
    assert send_digests(now=NOW + timedelta(days=1)) == 1
    assert mail.outbox[1].subject == "大运河幸福家园管理平台：1 条未读消息"


def test_what_has_been_read_or_belongs_to_a_closed_account_is_not_told(clerk):
    told(clerk)
    client = client_of(clerk)
    client.post("/inbox/read/")
    gone = person(Role.STREET_CLERK, GONGCHENQIAO, email="gone@example.com", is_active=False)
    told(gone)
    assert (send_digests(now=NOW), mail.outbox) == (0, [])


@pytest.fixture
def other_side():
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def work_notices(other_side, settings):
    settings.NOTICE_CHANNELS = {
        "dingtalk": {
            "kind": "zhezhengding", "api_base": other_side.base, "app_key": CLIENT, "app_secret": SECRET, "tenant_id": "196729",
        }
    }  # fmt: skip
    return other_side


def test_a_work_notice_is_signed_and_named_for_good(clerk, work_notices):
    ExternalIdentity.objects.create(user=clerk, provider="zhezhengding", subject="10086")
    told(clerk, 2)
    assert send_digests(now=NOW) == 1
    [sent] = work_notices.notices
    assert (sent["receiverIds"], sent["tenantId"]) == ("10086", "196729")
    assert sent["bizMsgId"] == f"digest-{clerk.uuid}-20261122"
    assert '"title": "大运河幸福家园管理平台：2 条未读消息"' in sent["msg"]
    assert mail.outbox == []


def test_what_the_other_side_refuses_waits_until_tomorrow(clerk, work_notices):
    ExternalIdentity.objects.create(user=clerk, provider="zhezhengding", subject="10086")
    told(clerk)
    work_notices.takes_notices = False
    assert send_digests(now=NOW) == 0
    work_notices.takes_notices = True
    assert send_digests(now=NOW + timedelta(days=1)) == 1


def test_a_mail_server_that_is_away_is_no_error_of_ours(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    from tenants.notices import Notice

    with pytest.raises(Undelivered, match="mail: "):
        channels()["mail"].deliver(address="a@example.com", notice=Notice("n", "t", ("l",), "http://localhost/"))


def test_people_choose_where_and_whether_they_are_told(clerk):
    client = client_of(clerk)
    assert client.post("/inbox/settings/", {"email": "kein"}).status_code == 422
    client.post("/inbox/settings/", {"email": "neu@example.com"})
    clerk.refresh_from_db()
    assert (clerk.email, clerk.wants_digest) == ("neu@example.com", False)
    told(clerk)
    assert send_digests(now=timezone.now()) == 0
