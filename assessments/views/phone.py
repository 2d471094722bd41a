"""Assessors: their visits on a desktop, and the app on the phone with its pack, its records and its photos.

The app's shell, worker and manifest hold no data and are public, so that they open without signal. A pack holds only what a
visit needs: no reported value of an item before that item is recorded, no resident.
"""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, RawPostDataException
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import operations
from assessments.models import OperationKind, OperationState, Visit, VisitState
from assessments.operations.checks import CheckRefusedError
from assessments.operations.recording import Incoming
from assessments.queries import packs
from assessments.queries.checklist import ITEM
from assessments.rules.checklist import WITH_TOLERANCE
from assessments.rules.sampling import sha256
from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from tenants.access import requires
from tenants.rules import Permission
from tenants.scope import division_scope, opened_scope

MOST_AT_ONCE = 200
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of a telephone's clock that was ever set
NOT_READABLE = (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, RecursionError, RawPostDataException)
SHELL = ("css/tokens.css", "css/ui.css", "css/ui-forms.css", "css/ui-data.css", "css/phone.css", "img/mark.svg")
SCRIPTS = ("js/phone/store.js", "js/phone/sync.js", "js/phone/app.js")


class Unreadable(ValueError):
    """A record cannot be read. It stays on the phone."""


@requires(Permission.PUBLIC)
@require_GET
def app(request):
    """The shell of the app: no data in it."""
    return render(request, "assessments/phone.html", {"styles": SHELL, "scripts": SCRIPTS})


@requires(Permission.PUBLIC)
@require_GET
def service_worker(request):
    """The script that answers without signal; its version follows the files it keeps."""
    files = [reverse("assessments:phone"), reverse("assessments:phone_manifest")]
    files += [static(name) for name in (*SHELL, *SCRIPTS)]
    text = render(
        request, "assessments/phone_worker.js", {"files": json.dumps(files), "version": sha256("".join(files))[:12]}
    )
    answer = HttpResponse(text.content, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@requires(Permission.PUBLIC)
@require_GET
def manifest(request):
    return JsonResponse(
        {
            "name": "大运河幸福家园抽检", "short_name": "家园抽检", "lang": "zh-CN", "display": "standalone",
            "start_url": reverse("assessments:phone"), "scope": reverse("assessments:phone"),
            "background_color": "#ffffff", "theme_color": "#0f4c55",
            "icons": [
                {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": static("img/phone-512.png"), "sizes": "512x512", "type": "image/png"},
            ],
        },
        content_type="application/manifest+json",
    )  # fmt: skip


@requires(Permission.RECORD_VISITS)
@require_GET
def pack(request):
    """What the phone takes along: open visits with their checklists, and the claims of items recorded already."""
    visits = _own(request).filter(state__in=[VisitState.PLANNED, VisitState.HANDED_IN])
    return _private(
        {
            "csrf": get_token(request),
            "name": request.user.display_name,
            "user": request.user.username,
            "fetched_at": timezone.now().isoformat(),
            "visits": packs.pack(list(visits), user_id=request.user.pk),
        }
    )


@requires(Permission.RECORD_VISITS)
@require_POST
def sync(request):
    """Take records in. Answers for each what became of it; the phone keeps those that are not named."""
    try:
        sent = json.loads(request.body)["operations"]
        if not isinstance(sent, list) or len(sent) > MOST_AT_ONCE:
            raise Unreadable(f"一次最多 {MOST_AT_ONCE} 条。")
        records = [_incoming(each) for each in sent]
    except NOT_READABLE as error:
        return _private({"error": f"记录读不出来，仍在手机上。请导出文件交给区里。（{error}）"}, status=400)
    return _private(_taken(request, records))


@requires(Permission.RECORD_VISITS, in_parts=True)
@require_POST
def photo(request):
    """Take one photo in, with its record. The bytes must be those that the phone hashed.

    The picture is examined before the transaction begins, so no row is locked and no connection held meanwhile.
    """
    try:
        record = _incoming(json.loads(request.POST["operation"]))
        upload = request.FILES["file"]
    except NOT_READABLE:
        return _private({"error": "照片的记录读不出来，仍在手机上。请导出文件交给区里。"}, status=400)
    try:
        stored = store.receive(upload, upload.name)
    except UploadRefused as refusal:
        return _private({"error": f"{refusal.problem}。{refusal.advice}。"}, status=422)
    if record.kind != OperationKind.PHOTO or stored.received_sha256 != record.sha256:
        return _private({"error": "收到的照片与手机上的不一致，请稍后重传。"}, status=422)
    kept = Incoming(**{name: getattr(record, name) for name in record.__slots__} | {"stored_sha256": stored.sha256})
    with request.part():
        return _private(_taken(request, [kept]))


def _taken(request, records: list[Incoming]) -> dict:
    taken = operations.recording.receive(
        operations=records, by=request.user, district=request.appointment.division_code, now=timezone.now()
    )
    live = _own(request).filter(state__in=[VisitState.PLANNED, VisitState.HANDED_IN]).values_list("uuid", flat=True)
    return {
        "results": {str(uuid): {"state": state, "reason": reason} for uuid, (state, reason) in taken.results.items()},
        "revealed": {str(uuid): claims for uuid, claims in taken.revealed.items()},
        "live": [str(uuid) for uuid in live],
    }


def _incoming(each: dict) -> Incoming:
    kind = OperationKind(each["kind"])
    value = each.get("value")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62):
        raise Unreadable("查得值应是不小于 0 的整数")
    at = datetime.fromisoformat(each["at"])
    if at.tzinfo is None:
        raise Unreadable("记录时间缺时区")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Unreadable("记录时间的年份不对")
    key, words, digest = (str(each.get(name, ""))[:most] for name, most in (("key", 60), ("text", 500), ("sha256", 64)))
    if "\x00" in key + words + digest:
        raise Unreadable("有不能保存的字符")
    lon, lat = _degrees(each, "lon", 180), _degrees(each, "lat", 90)
    return Incoming(UUID(each["id"]), UUID(each["visit"]), kind, key, value, words, at, lon, lat, digest)


def _degrees(each: dict, name: str, most: int) -> Decimal | None:
    if each.get(name) is None:
        return None
    value = Decimal(str(each[name])).quantize(Decimal("0.000001"))
    if not abs(value) <= most:
        raise Unreadable("定位的经纬度不对")
    return value


def _private(content: dict, status: int = 200) -> JsonResponse:
    answer = JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "no-store"
    return answer


def _own(request):
    """The visits of the person who asks; row level security shows an assessor no others either."""
    rows = Visit.objects.filter(user=request.user).exclude(state=VisitState.REVOKED)
    return rows.select_related("facility").order_by("day", "position", "pk")


@requires(Permission.RECORD_VISITS)
@require_GET
def my_visits(request):
    """My visits by day, in the order of the route: from today on, then those of the past, the latest first."""
    days: dict = {}
    for visit in _own(request):
        days.setdefault(visit.day, []).append(visit)
    today = timezone.localdate()
    to_come = sorted((item for item in days.items() if item[0] >= today), key=lambda item: item[0])
    past = sorted((item for item in days.items() if item[0] < today), key=lambda item: item[0], reverse=True)
    return render(request, "assessments/my_visits.html", {"days": to_come + past, "today": today})


@requires(Permission.RECORD_VISITS)
@require_http_methods(["GET", "POST"])
def my_visit(request, uuid):
    """The checklist of one visit on a desktop: record first, then see what was reported."""
    visit = get_object_or_404(_own(request), uuid=uuid)
    if request.method == "POST":
        try:
            record = _from_form(request, visit)
            result = _taken(request, [record])["results"][str(record.uuid)]
        except (CheckRefusedError, Unreadable) as refusal:
            messages.error(request, str(refusal))
        else:
            applied = result["state"] == OperationState.APPLIED
            (messages.success if applied else messages.warning)(
                request, "已记录。" if applied else f"已收到，但不能直接生效：{result['reason']}。由区里处理。"
            )
        anchor = f"#{request.POST.get('key')}" if request.POST.get("key") else ""
        return redirect(f"{reverse('assessments:my_visit', args=[uuid])}{anchor}")
    [shown] = packs.pack([visit], user_id=request.user.pk)
    groups: dict[str, list] = {}
    for item in shown["items"]:
        groups.setdefault(item["group"], []).append(item)
    done = sum("found" in item for item in shown["items"])
    context = {"visit": visit, "pack": shown, "groups": groups.items(), "done": done}
    return render(request, "assessments/my_visit.html", context)


def _from_form(request, visit: Visit) -> Incoming:
    now = timezone.now()
    if request.POST.get("kind") == "sign":
        name = request.POST.get("text", "").strip()
        if not name:
            raise Unreadable("请填写设施签字人的姓名。")
        return Incoming(uuid4(), visit.uuid, OperationKind.SIGN, "", None, name[:40], now)
    key, text = request.POST.get("key", ""), request.POST.get("text", "").strip()
    value = None if request.POST.get("value") == "unknown" else _value(key, request.POST.get("value", ""), visit)
    return Incoming(uuid4(), visit.uuid, OperationKind.FOUND, key[:60], value, text[:500], now)


def _value(key: str, written: str, visit: Visit) -> int:
    with opened_scope(division_scope(visit.division_code, source="checklist")):
        unit = packs.unit_of(visit, key)
    if key.startswith(ITEM) or unit == "":
        if written not in {"0", "1"}:
            raise Unreadable("请选有、没有或无法核实。")
        return int(written)
    try:
        value = Decimal(written.replace(",", "").strip()) * (100 if unit in WITH_TOLERANCE else 1)
    except InvalidOperation:
        raise Unreadable("查得值请填数字，例如 905.5。") from None
    if not value.is_finite() or not 0 <= value < 2**62 or value != int(value):
        raise Unreadable("查得值不小于 0；面积和金额最多两位小数，其余填整数。")
    return int(value)
