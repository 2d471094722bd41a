"""The registry of partners, one partner's page, its licences, its merge with another row."""

from contextlib import suppress
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from facilities.exports import Column
from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from facilities.uploads.serving import sealed_off
from partners.models import (
    Application,
    Credential,
    CredentialKind,
    Exemplar,
    Nomination,
    Partner,
    PartnerContact,
    PartnerFile,
    PartnerKind,
    PartnerMerge,
    PriorityUse,
)
from partners.operations.partner import add_credential, merge_partners, set_citizen_id, undo_merge
from partners.operations.steps import note, require
from partners.queries import partner as queries
from partners.queries.brands import brands, fellows, named_brand
from partners.queries.overview import partners_at_work
from partners.queries.sections import labels, sections
from partners.queries.selection import priorities
from partners.views.acting import ABOVE, Unreadable, day, done, elsewhere, words
from partners.views.lists import Filter, Listing, equal, show
from standards.queries import function_names
from tenants.access import requires
from tenants.digits import whole_number
from tenants.queries import division_names
from tenants.rules import Permission, code_range, may

TABS = (("", "在做什么"), ("papers", "证照与信用"), ("honours", "遴选与典型"), ("record", "由来"))


# --- the registry -----------------------------------------------------------------------------------------------------


def registry(appointment, today):
    """The rows of the list, and what dresses them."""
    rows = queries.registered(appointment).annotate(brand_name=named_brand(today))
    return rows, lambda found: queries.with_counts(found, appointment, today)


def listing(appointment, query: QueryDict, day: date) -> Listing:
    """query: where it names a place or a function, as the addresses of the overview do, there is a select for it."""
    names = [(name, name) for name in brands(appointment).order_by("name").values_list("name", flat=True)[:200]]
    filters = [equal("kind", "类别", PartnerKind.choices), _EXPIRING]
    if names:
        filters.insert(1, equal("brand", "品牌或集团", names, "brand_name"))
    filters += _at_work(appointment, query, day)
    return Listing(
        "合伙人", "家", ("name", "name_sort", "uscc", "brand_name", "strengths"),
        {"": ("按名称", ("name_sort",)), "new": ("新登记的在前", ("-pk",)), "kind": ("按类别", ("kind", "name_sort"))},
        [Column("名称", lambda p: p.name, 30), Column("类别", lambda p: p.get_kind_display(), 14),
         Column("统一社会信用代码", lambda p: p.uscc, 22), Column("品牌或集团", lambda p: p.brand_name, 18),
         Column("专长", lambda p: p.strengths, 30), Column("在运行项目", lambda p: p.projects_now, 12),
         Column("涉及设施", lambda p: p.facilities_now, 10), Column("在办协议", lambda p: p.agreements_now, 10),
         Column("最近到期证照", lambda p: p.runs_out and p.runs_out.title, 20),
         Column("有效期至", lambda p: p.runs_out and p.runs_out.valid_until, 12)],
        filters, key="partners",
    )  # fmt: skip


def _at_work(appointment, query: QueryDict, day: date) -> list[Filter]:
    """Who runs a project in one place or of one function on the day."""
    found = []
    place, item = whole_number(query.get("place", "")), whole_number(query.get("item", ""))
    if place is not None and (label := division_names([place]).get(place)):
        where = {"division_code__gte": place, "division_code__lt": code_range(place).hi}
        found.append(Filter("place", "街道或区", [(str(place), label)], _working(appointment, day, where)))
    if item is not None and (label := function_names(day).get(item)):
        found.append(Filter("item", "功能", [(str(item), label)], _working(appointment, day, {"item_number": item})))
    return found


def _working(appointment, day: date, where: dict[str, int]):
    return lambda rows, value: partners_at_work(rows, appointment, day, **where)


def _runs_out(rows, value: str):
    limit = timezone.localdate() + queries.RUNS_OUT if value == "soon" else timezone.localdate()
    found = Credential.objects.filter(replaced_at=None, valid_until__lt=limit).exclude(kind=CredentialKind.CREDIT)
    return rows.filter(pk__in=found.values("partner_id"))


_EXPIRING = Filter("licence", "证照", [("soon", "90 天内到期或已过期"), ("over", "已过期")], _runs_out)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def partners(request: HttpRequest):
    today = timezone.localdate()
    rows, dressed = registry(request.appointment, today)
    return show(
        request,
        "partners/partners.html",
        listing(request.appointment, request.GET, today),
        rows,
        dressed=dressed,
        may_manage=_may_manage(request),
    )


def _may_manage(request) -> bool:
    return may(request.appointment.role, Permission.MANAGE_PARTNERS)


def _partner(request, uuid: UUID) -> Partner:
    return get_object_or_404(Partner.objects.visible_to(request.appointment).select_related("merged_into"), uuid=uuid)


def _is_own(request, partner: Partner) -> bool:
    """Whether somebody may write it: a partner of the district is read by its streets, not written."""
    return partner.division_code in code_range(request.appointment.division_code)


# --- one partner ------------------------------------------------------------------------------------------------------


@requires(Permission.VIEW_FACILITIES)
@require_GET
def partner(request: HttpRequest, uuid: UUID):
    """Everything it does, as far as the viewer may see; each tab asks only for its own."""
    found, today, tab = _partner(request, uuid), timezone.localdate(), request.GET.get("tab", "")
    parts = {}
    if tab not in dict(TABS):
        parts = {part.key: (part, told) for part, told in sections("partner", found, request, today)}
    if tab not in dict(TABS) and tab not in parts:
        raise Http404
    own = _is_own(request, found) and found.merged_into_id is None
    context = {
        "partner": found, "tab": tab, "tabs": _tabs(), "today": today,
        "may_manage": _may_manage(request) and own, "may_merge": may(request.appointment.role, Permission.ADMINISTER) and own,
    }  # fmt: skip
    if tab in parts:
        section, told = parts[tab]
        return render(request, "partners/partner_part.html", {**context, "section": section, **told})
    context |= _CONTENT[tab](request, found, today)
    return render(request, f"partners/partner_{tab or 'work'}.html", context)


def _tabs() -> list[tuple[str, str]]:
    return [*TABS, *labels("partner")]


def _work(request, found: Partner, today: date) -> dict:
    projects = queries.projects_of(found, request.appointment)
    running = [one for one in projects if one.starts_on <= today and (one.ends_on is None or one.ends_on > today)]
    brand, others = fellows(found, request.appointment, today)
    return {
        "projects": projects,
        "running": {one.pk for one in running},
        "facilities_now": len({one.facility_id for one in running}),
        "agreements": queries.agreements_of(found, request.appointment),
        "brand": brand,
        "fellows": others,
        "priority": _priority(request, found, today),
    }


def _priority(request, found: Partner, today: date):
    nominations = Nomination.objects.visible_to(request.appointment).filter(partner=found)
    return priorities(nominations, today).get(found.pk)


def _papers(request, found: Partner, today: date) -> dict:
    credentials = Credential.objects.visible_to(request.appointment).filter(partner=found).select_related("file")
    context = {"credentials": list(credentials), "soon": today + queries.RUNS_OUT, "kinds": CredentialKind.choices}
    if found.kind == PartnerKind.RESIDENT and _may_manage(request):
        contacts = PartnerContact.objects.visible_to(request.appointment).filter(partner=found, erased_at=None)
        context["contacts"] = list(contacts)
    return context


def _honours(request, found: Partner, today: date) -> dict:
    appointment = request.appointment
    nominations = Nomination.objects.visible_to(appointment).filter(partner=found).select_related("round")
    return {
        "nominations": list(nominations.order_by("-pk")),
        "priority": _priority(request, found, today),
        "uses": list(PriorityUse.objects.visible_to(appointment).filter(nomination__partner=found)),
        "exemplars": list(Exemplar.objects.visible_to(appointment).filter(partner=found)),
    }


def _record(request, found: Partner, today: date) -> dict:
    appointment = request.appointment
    merges = PartnerMerge.objects.visible_to(appointment).filter(kept=found).select_related("gone", "merged_by")
    context = {"merges": list(merges), "applications": []}
    if _may_manage(request):
        applications = Application.objects.visible_to(appointment).filter(partner=found).select_related("call", "need")
        context["applications"] = list(applications)
    return context


_CONTENT = {"": _work, "papers": _papers, "honours": _honours, "record": _record}


def _back(partner: Partner, tab: str = "") -> str:
    return reverse("partners:partner", args=[partner.uuid]) + (f"?tab={tab}" if tab else "")


# --- licences and identity --------------------------------------------------------------------------------------------


@requires(Permission.MANAGE_PARTNERS, in_parts=True)
@require_POST
def credential_add(request: HttpRequest, uuid: UUID):
    """One licence, certificate or grade, with its file. The file is examined between two transactions."""
    with request.part():
        found = _partner(request, uuid)
        back = _back(found, "papers")
        if not _is_own(request, found):
            return elsewhere(request, back, ABOVE)
    upload = request.FILES.get("file")
    try:
        stored = store.receive(upload, upload.name) if upload else None
    except UploadRefused as refusal:
        messages.error(request, f"{refusal.problem}。{refusal.advice}。")
        return redirect(back)
    with request.part():
        return done(request, back, lambda: _credential(request, _partner(request, uuid), stored))


def _credential(request, found: Partner, stored) -> str:
    kind = request.POST.get("kind", "")
    if kind not in CredentialKind.values:
        raise Unreadable("请选类别。")
    replaces = None
    if chosen := request.POST.get("replaces", ""):
        replaces = _of(Credential.objects.filter(partner=found, replaced_at=None), chosen)
    until = request.POST.get("valid_until", "").strip()
    made = add_credential(
        partner=found, by=request.user, now=timezone.now(), stored=stored, replaces=replaces, kind=kind,
        title=words(request, "title", "名称", longest=60), number=request.POST.get("number", "").strip()[:60],
        issuer=words(request, "issuer", "发证或评级单位", longest=80), grade=request.POST.get("grade", "").strip()[:30],
        issued_on=day(request, "issued_on", "发证或评级日"), valid_until=day(request, "valid_until", "有效期至") if until else None,
    )  # fmt: skip
    return f"已登记{made.title}。"


def _of(rows, uuid: str):
    with suppress(ValueError):
        if found := rows.filter(uuid=UUID(uuid)).first():
            return found
    raise Unreadable("要换的那一条已经不在了，刷新页面再试。")


@requires(Permission.MANAGE_PARTNERS)
@sensitive_post_parameters("citizen_id")
@require_POST
def identity(request: HttpRequest, uuid: UUID):
    """The citizen's number of a resident partner's person: sealed, shown masked."""
    rows = PartnerContact.objects.visible_to(request.appointment).select_related("partner")
    contact = get_object_or_404(rows, uuid=uuid)

    def act() -> str:
        set_citizen_id(contact=contact, number=request.POST.get("citizen_id", ""), by=request.user)
        return "已登记公民身份号码，加密保存。"

    return done(request, _back(contact.partner, "papers"), act)


@requires(Permission.MANAGE_PARTNERS)
@require_GET
def file(request: HttpRequest, uuid: UUID):
    """A stored file, as an attachment that no browser runs."""
    found = get_object_or_404(PartnerFile.objects.visible_to(request.appointment), uuid=uuid)
    content = store.content_of(found.sha256)
    if content is None:
        return render(request, "partners/file_gone.html", {"file": found}, status=410)
    note("下载合伙人材料", found.partner or found.application, request.user, name=found.name)
    return sealed_off(content, found.media_type, found.name)


# --- merge ------------------------------------------------------------------------------------------------------------


@requires(Permission.ADMINISTER)
@require_GET
def merge(request: HttpRequest, uuid: UUID):
    """Which other row is this partner: likely ones first, any other by its name or code."""
    found = _partner(request, uuid)
    if not _is_own(request, found):
        return elsewhere(request, _back(found), ABOVE)
    asked = request.GET.get("q", "").strip()[:60]
    rows = queries.registered(request.appointment).filter(district_code=found.district_code)
    twins = queries.likely_twins(found, rows)
    searched = queries.by_text(rows.filter(kind=found.kind), asked).exclude(pk=found.pk)[:20] if asked else []
    chosen = None
    if wanted := request.GET.get("with", ""):
        with suppress(ValueError):
            chosen = rows.filter(uuid=UUID(wanted)).exclude(pk=found.pk).first()
    context = {"partner": found, "twins": twins, "asked": asked, "searched": searched, "chosen": chosen}
    return render(request, "partners/merge.html", context)


@requires(Permission.ADMINISTER)
@require_POST
def merge_do(request: HttpRequest, uuid: UUID):
    found = _partner(request, uuid)
    rows = queries.registered(request.appointment).filter(district_code=found.district_code)

    def act() -> str:
        require(_is_own(request, found), ABOVE)
        gone = _of(rows, request.POST.get("gone", ""))
        made = merge_partners(
            kept=found, gone=gone, by=request.user, now=timezone.now(), reason=request.POST.get("reason", "")
        )
        return f"已把“{gone.name}”并入“{found.name}”，改挂 {sum(map(len, made.moved.values()))} 条记录。"

    return done(request, _back(found, "record"), act)


@requires(Permission.ADMINISTER)
@require_POST
def merge_undo(request: HttpRequest, uuid: UUID):
    found = get_object_or_404(
        PartnerMerge.objects.visible_to(request.appointment).select_related("kept", "gone"), uuid=uuid
    )

    def act() -> str:
        undo_merge(merge=found, by=request.user, now=timezone.now(), reason=request.POST.get("reason", ""))
        return f"已撤回合并，“{found.gone.name}”恢复为单独的合伙人。"

    return done(request, _back(found.kept, "record"), act)
