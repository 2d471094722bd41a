"""The people who ask: every role, several places, two ways to ask; and those whom the portal does not know."""

from django.test import Client
from django.utils import timezone

from tenants.account_models import AccountSession
from tenants.message_models import Message
from tenants.models import ApiToken, User
from tenants.operations import issue_token
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.structure.rows import make_row
from tests.structure.world import (
    CITY,
    NEVER,
    NEVER_PK,
    PLACES,
    QIAOXI,
    TAIZHOULU,
    XIAWAN,
    Identity,
    Thing,
    World,
    facility_pk,
)


def add_people(world: World) -> None:
    staff = [
        ("city observer", Role.CITY_OBSERVER, CITY),
        ("admin of 拱墅", Role.DISTRICT_ADMIN, GONGSHU),
        ("admin of 上城", Role.DISTRICT_ADMIN, SHANGCHENG),
        ("reviewer of 拱墅", Role.DISTRICT_REVIEWER, GONGSHU),
        ("liaison of 拱墅", Role.DEPARTMENT_LIAISON, GONGSHU),
        ("clerk of 拱宸桥", Role.STREET_CLERK, GONGCHENQIAO),
        ("reviewer of 湖墅", Role.STREET_REVIEWER, HUSHU),
        ("reporter of 台州路", Role.COMMUNITY_REPORTER, TAIZHOULU),
        ("reporter of 桥西", Role.COMMUNITY_REPORTER, QIAOXI),
        ("reporter of 夏湾", Role.COMMUNITY_REPORTER, XIAWAN),
    ]
    others = set(Role) - {role for _, role, _ in staff} - {Role.ASSESSOR, Role.OPERATOR}
    staff += [(role.value, role, GONGSHU) for role in sorted(others)]  # administrators of systems, security, audit
    for name, role, code in staff:
        user = person(role, code)
        world.identities.append(Identity(name, _client(user), role, code, user_pk=user.pk))
    for role in (Role.ASSESSOR, Role.OPERATOR):
        for place in (TAIZHOULU, XIAWAN):
            grants = (facility_pk(place),)
            user = person(role, GONGSHU, facility_ids=grants)
            world.identities.append(
                Identity(f"{role} of {place}", _client(user), role, GONGSHU, grants, user_pk=user.pk)
            )
    _people_without_a_role(world)
    clerk = person(Role.STREET_CLERK, GONGCHENQIAO)
    _accounts(world)
    key = _token(clerk)
    clerk_by_token = Identity("token of 拱宸桥", key, Role.STREET_CLERK, GONGCHENQIAO, user_pk=clerk.pk)
    clerk_by_token.by_token, clerk_by_token.signed_in = True, False
    world.identities.append(clerk_by_token)


def _accounts(world: World) -> None:
    """The people of all places as objects, and a session of somebody who does not ask."""
    for code in PLACES:
        user = User.objects.get(username=world.canaries.word("User.username", code, shared_down=True))
        world.things.append(Thing("User", user.uuid, user.pk, code))
    _of_one_person(world, user, code)
    for who in world.identities[:2]:
        _of_one_person(world, User.objects.get(pk=who.user_pk), who.code)
    for model in ("User", "AccountSession", "ApiToken"):
        world.things.append(Thing(model, NEVER, NEVER_PK))
    gone = person(Role.COMMUNITY_REPORTER, TAIZHOULU)
    with opened_scope(division_scope(CITY)):
        gone.appointments.all().delete()
    _of_one_person(world, gone, TAIZHOULU)
    for thing in [thing for thing in world.things if thing.owner == gone.pk]:
        world.things.remove(thing)
        world.things.append(Thing(thing.model, thing.uuid, thing.pk))
    world.things.append(Thing("User", gone.uuid, gone.pk))
    with opened_scope(division_scope(CITY)):
        gone.delete()


def _of_one_person(world: World, user: User, code: int) -> None:
    """A browser in which somebody is signed in besides, a key for the API, and a message."""
    client_of(user)
    issue_token(user=user, now=timezone.now())
    session, token = AccountSession.objects.filter(user=user).order_by("pk").last(), ApiToken.objects.get(user=user)
    world.things.append(Thing("AccountSession", session.uuid, session.pk, code, owner=user.pk))
    world.things.append(Thing("ApiToken", token.uuid, token.pk, code, owner=user.pk))
    with opened_scope(division_scope(CITY)):
        message = make_row(Message, code, user=user)
    world.things.append(Thing("Message", message.uuid, message.pk, code, owner=user.pk))


def _people_without_a_role(world: World) -> None:
    disabled = person(Role.DISTRICT_ADMIN, GONGSHU)
    client = _client(disabled)
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    expired = Client(headers={"Authorization": "Token 0000"}, raise_request_exception=False)
    root = User.objects.create(username="root", display_name="超级", password="!", is_superuser=True, is_staff=True)
    world.identities += [
        Identity("anonymous", Client(raise_request_exception=False), signed_in=False),
        Identity("disabled account", client, signed_in=False),
        Identity("wrong token", expired, signed_in=False),
        Identity("superuser without an appointment", _client(root), user_pk=root.pk),
    ]


def _client(user: User) -> Client:
    client = client_of(user)
    client.raise_request_exception = False
    return client


def _token(user: User) -> Client:
    key, _ = issue_token(user=user, now=timezone.now())
    return Client(headers={"Authorization": f"Token {key}"}, raise_request_exception=False)
