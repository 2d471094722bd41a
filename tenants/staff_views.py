"""The people of a district: list, invite, appoint, disable, hand over; the rules for all of them; who signed in."""

from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import account_queries, passwords, queries, sso
from tenants.access import client_address, requires
from tenants.account_forms import NewPassword, ReleasedPassword
from tenants.export_views import hand_out
from tenants.forms import ActFilter
from tenants.open_work import open_work
from tenants.operations import accounts
from tenants.operations.release import opens
from tenants.rules import ROLE_LABELS, Permission, Role, appointable, may
from tenants.scope import Scope, opened_scope
from tenants.staff_forms import (
    AppointmentForm,
    HandOverForm,
    IdentityForm,
    InviteForm,
    PeopleFilter,
    ReasonForm,
    SecurityForm,
)

PAGE_SIZE = 50
NOT_RELEASED = "安全管理员还没有放行你的账号。请等他把放行码交给你再填。"
WRONG_CODE = "放行码不对。请照安全管理员给你的填写，共 12 位。"

for_viewers = requires(Permission.VIEW_ACCOUNTS)
for_managers = requires(Permission.MANAGE_ACCOUNTS)


@for_viewers
@require_GET
def people(request):
    """Accounts of the scope with role, place and state."""
    form = PeopleFilter(request.GET, appointment=request.appointment)
    page = Paginator(
        form.narrow(account_queries.people_within(request.appointment), timezone.localdate()), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": _rows(page),
        "filtered": any(value for key, value in form.wanted.items() if key != "sort"),
        "query": _query(request),
        "may_manage": may(request.appointment.role, Permission.MANAGE_ACCOUNTS),
    }
    return render(request, "tenants/staff/list.html", context)


@for_viewers
@require_GET
def export(request):
    """The list as it is filtered: a short one at once, a long one by a task."""
    return hand_out(request, "staff")


def _rows(people) -> list[tuple]:
    held = list(people)
    names = queries.division_names(row.division_code for row in held)
    today = timezone.localdate()
    return [
        (row, names.get(row.division_code, row.division_code), account_queries.state_of(row, today)) for row in held
    ]


@for_managers
@never_cache
@require_http_methods(["GET", "POST"])
def invite(request):
    """A new account with its first appointment. The link is shown once, to be handed to the person."""
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        by=request.appointment,
        initial={"starts_on": timezone.localdate()},
    )
    if form.is_bound and form.is_valid():
        user, key = accounts.invite(newcomer=form.newcomer, by=request.appointment, now=timezone.now())
        return show_links(request, [(user, key)])
    return render(request, "tenants/staff/invite.html", {"form": form}, status=422 if form.errors else 200)


def show_links(request, made):
    links = [(user, request.build_absolute_uri(reverse("tenants:invitation", args=[key]))) for user, key in made]
    context = {"links": links, "hours": settings.INVITATION_HOURS, "must_be_released": settings.STRICT_SEPARATION}
    return render(request, "tenants/staff/links.html", context)


def on_person(permission: Permission):
    """A POST about one person of the scope; somebody outside it is answered like nobody."""

    def declare(view):
        @requires(permission)
        @require_POST
        @wraps(view)
        def on_one(request, uuid):
            return view(request, _held(request, uuid))

        return on_one

    return declare


def _held(request, uuid):
    held = account_queries.person_within(request.appointment, uuid)
    if held is None:
        raise Http404
    return held


@for_viewers
@never_cache
@require_GET
def one(request, uuid):
    return show_person(request, _held(request, uuid))


def show_person(request, held, **forms):
    """The page of a person, with the form that was refused, if one was."""
    role, user = request.appointment.role, held.user
    latest = account_queries.latest_appointment(user)
    here = latest is not None and latest.pk == held.pk and user.pk != request.user.pk
    today = timezone.localdate()
    others = account_queries.in_state(
        account_queries.people_within(request.appointment), account_queries.State.ACTIVE, today
    ).exclude(user__in=[user.pk, request.user.pk])
    successors = [row.user_id for row in others if row.role in appointable(Role(role))]
    last_day = held.ends_on - timedelta(1) if held.ends_on else None
    term = {"role": held.role, "division": held.division_code, "starts_on": today, "last_day": last_day}
    context = {
        "held": held,
        "person": user,
        "state": account_queries.state_of(held, today),
        "place": queries.division_names([held.division_code]).get(held.division_code, held.division_code),
        "history": _rows(user.appointments.order_by("-starts_on", "-pk").select_related("user")),
        "work": open_work(user),
        "two_steps": account_queries.uses_second_factor(user),
        "may_manage": here and held.role in appointable(Role(role)),
        "may_unlock": here and may(role, Permission.UNLOCK_ACCOUNTS),
        "is_self": user.pk == request.user.pk,
        "identities": user.external_identities.order_by("provider"),
        "waits": account_queries.invitation_that_waits(user, timezone.now()),
        "term_form": AppointmentForm(by=request.appointment, initial=term),
        "hand_over_form": HandOverForm(people=successors, initial={"on": today}),
        "identity_form": IdentityForm() if sso.providers() else None,
        "reason_form": None,
        **forms,
    }
    refused = any(getattr(form, "errors", None) for form in forms.values())
    return render(request, "tenants/staff/one.html", context, status=422 if refused else 200)


@on_person(Permission.MANAGE_ACCOUNTS)
def appointment(request, held):
    form = AppointmentForm(request.POST, by=request.appointment)
    if not form.is_valid():
        return show_person(request, held, term_form=form)
    accounts.change_appointment(user=held.user, by=request.appointment, **form.term)
    return _back(request, held, "任职已改，下一次操作起生效。")


@on_person(Permission.MANAGE_ACCOUNTS)
def hand_over(request, held):
    active = account_queries.people_within(request.appointment).exclude(user=held.user)
    form = HandOverForm(request.POST, people=active.values("user_id"))
    if not form.is_valid():
        return show_person(request, held, hand_over_form=form)
    left = accounts.hand_over(user=held.user, by=request.appointment, **form.cleaned_data)
    return _back(
        request, held, f"已移交给{form.cleaned_data['successor']}。没有办完的 {left} 件，请接手人到对应页面继续。"
    )


def _with_reason(act):
    """Run `act(user, by, reason)`, or show the page again with what is missing."""

    def view(request, held):
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return show_person(request, held, reason_form=form)
        return act(request, held, form.cleaned_data["reason"])

    return view


@on_person(Permission.MANAGE_ACCOUNTS)
@_with_reason
def state(request, held, reason):
    active = not held.user.is_active
    accounts.set_active(user=held.user, active=active, by=request.appointment, reason=reason)
    return _back(request, held, "账号已启用。" if active else "账号已停用，正在用的登录和令牌都已失效。")


@on_person(Permission.MANAGE_ACCOUNTS)
@_with_reason
def link(request, held, reason):
    key = accounts.new_link(user=held.user, by=request.appointment, reason=reason, now=timezone.now())
    return show_links(request, [(held.user, key)])


@on_person(Permission.MANAGE_ACCOUNTS)
def identity(request, held):
    form = IdentityForm(request.POST)
    if not form.is_valid():
        return show_person(request, held, identity_form=form)
    if not accounts.register_identity(user=held.user, by=request.appointment, **form.cleaned_data):
        form.add_error("subject", "这个标识已经登记给别人了。")
        return show_person(request, held, identity_form=form)
    return _back(request, held, "统一身份已登记。" if form.cleaned_data["subject"] else "统一身份已去掉。")


@on_person(Permission.UNLOCK_ACCOUNTS)
@_with_reason
def reset_second_factor(request, held, reason):
    accounts.reset_second_factor(user=held.user, by=request.appointment, reason=reason)
    return _back(request, held, "两步验证已重置，本人下次登录时重新设置。")


@on_person(Permission.UNLOCK_ACCOUNTS)
@_with_reason
def unlock(request, held, reason):
    accounts.unlock(user=held.user, by=request.appointment, reason=reason)
    return _back(request, held, "已解除登录锁定。")


def _back(request, held, text: str):
    messages.success(request, text)
    return redirect("tenants:staff_member", held.user.uuid)


@requires(Permission.PUBLIC, non_atomic=True)
@sensitive_post_parameters("new", "again")
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request, key):
    """The invited person chooses a password. A link that is used, expired or never was answers the same."""
    now = timezone.now()
    found = account_queries.open_invitation(key, now)
    if found is None:
        return render(request, "tenants/staff/link_over.html", status=404)
    wanted = ReleasedPassword if found.needs_release else NewPassword
    form = wanted(request.POST if request.method == "POST" else None, user=found.user)
    if form.is_bound and found.needs_release and not opens(found, form["code"].value() or ""):
        form.add_error("code", WRONG_CODE if found.released_at else NOT_RELEASED)
    if form.is_bound and form.is_valid():
        with opened_scope(Scope(user_id=found.user_id, source="invitation", address=client_address(request))):
            taken = accounts.accept(invitation=found, password=form.cleaned_data["new"], now=now)
        if not taken:
            return render(request, "tenants/staff/link_over.html", status=404)
        return redirect(f"{reverse('tenants:login')}?why=chosen")
    context = {"form": form, "person": found.user, "hints": passwords.hints(), "invitation": found}
    return render(request, "tenants/staff/invitation.html", context, status=422 if form.errors else 200)


@requires(Permission.SET_SECURITY_RULES)
@require_http_methods(["GET", "POST"])
def security(request):
    """What the district demands of its accounts, from a day on."""
    today, code = timezone.localdate(), request.appointment.division_code
    now = account_queries.rules_for(code, today)
    form = SecurityForm(
        request.POST if request.method == "POST" else None,
        initial={
            "roles": sorted(now.second_factor_roles),
            "max_age_days": now.password_max_age_days,
            "idle_minutes": now.idle_minutes,
            "starts_on": today,
        },
        most_days=settings.PASSWORD_MAX_AGE_DAYS,
        most_minutes=settings.SESSION_IDLE_MINUTES,
        today=today,
    )
    if form.is_bound and form.is_valid():
        accounts.set_security_rules(by=request.appointment, **form.cleaned_data)
        messages.success(request, "安全规则已设定。从生效那天起，每个人的下一次操作就适用。")
        return redirect("tenants:security")
    rows = [
        (row, "、".join(ROLE_LABELS[Role(role)] for role in row.second_factor_roles) or "没有")
        for row in account_queries.rules_history(code)
    ]
    context = {"form": form, "rows": rows, "minimum": settings.PASSWORD_MIN_LENGTH, "hints": passwords.hints()}
    return render(request, "tenants/staff/security.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_ACTS)
@require_GET
def all_logins(request):
    """Who of the district signed in, when, from where; failures and locks too."""
    seen = account_queries.all_logins_within(request.appointment)
    form = ActFilter(request.GET, verbs=account_queries.LOGIN_VERBS)
    page = Paginator(form.narrow(seen), PAGE_SIZE).get_page(request.GET.get("page"))
    names = queries.division_names(act.division_code for act in page)
    rows = [(act, names.get(act.division_code, act.division_code)) for act in page]
    return render(request, "tenants/staff/logins.html", {"form": form, "page": page, "rows": rows})


def _query(request) -> str:
    wanted = request.GET.copy()
    wanted.pop("page", None)
    return wanted.urlencode()
