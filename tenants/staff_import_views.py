"""Many invitations at once by Excel: read, checked row by row, shown, and made only when confirmed."""

from dataclasses import asdict, dataclass, field

from django.core import signing
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import queries
from tenants.access import requires
from tenants.audit_export import attachment
from tenants.operations import accounts
from tenants.rules import ROLE_LABELS, Permission
from tenants.staff_forms import InviteForm
from tenants.staff_sheet import HEAD, SheetRefused, read_people
from tenants.staff_views import show_links

_SALT, _CONFIRM_WITHIN_S = "tenants.staff_import", 3600
_ROLES = {label: role.value for role, label in ROLE_LABELS.items()}

for_managers = requires(Permission.MANAGE_ACCOUNTS)


@dataclass(slots=True)
class Line:
    """One person of the sheet, as it was written, and what is wrong."""

    number: str
    username: str
    display_name: str
    role: str
    division: str
    starts_on: str
    last_day: str
    errors: list[str] = field(default_factory=list)


@for_managers
@require_GET
def template(request):
    name = queries.division_names([request.appointment.division_code]).get(request.appointment.division_code, "")
    example = ("zhangsan", "张三（示例，请删去）", "街道录入员", name, timezone.localdate().isoformat(), "")
    return attachment("xlsx", "邀请名单", HEAD, [example])


@requires(Permission.MANAGE_ACCOUNTS, in_parts=True)
@never_cache
@require_http_methods(["GET", "POST"])
def upload(request):
    """The file, read before the transaction, and what was found in it. Nothing is written."""
    file = request.FILES.get("file")
    lines: list[Line] | None = None
    context: dict[str, object] = {"rows": None}
    if request.method == "POST" and file is not None:
        try:
            lines = [_line(row) for row in read_people(file, file.size, file.name)]
        except SheetRefused as refused:
            context["problem"] = str(refused)
    with request.part():
        if lines is not None:
            return _preview(request, lines)
        return render(request, "tenants/staff/import.html", context, status=422 if "problem" in context else 200)


def _preview(request, lines: list[Line]):
    _check(request, lines)
    signer = signing.TimestampSigner(salt=_SALT)
    context = {
        "rows": lines,
        "bad": sum(bool(line.errors) for line in lines),
        "signed": signer.sign_object([request.user.pk, [asdict(line) for line in lines]], compress=True),
    }
    return render(request, "tenants/staff/import.html", context, status=422 if context["bad"] else 200)


@for_managers
@never_cache
@require_POST
def confirm(request):
    """Invite whoever was shown. Checked again: in between somebody may have taken an account's name."""
    signer = signing.TimestampSigner(salt=_SALT)
    try:
        owner, rows = signer.unsign_object(request.POST.get("rows", ""), max_age=_CONFIRM_WITHIN_S)
    except signing.BadSignature:
        return redirect("tenants:staff_import")
    if owner != request.user.pk:
        return redirect("tenants:staff_import")
    lines = [Line(**{**row, "errors": []}) for row in rows]
    forms = _check(request, lines)
    if any(line.errors for line in lines):
        return _preview(request, lines)
    newcomers = [form.newcomer for form in forms]
    return show_links(request, accounts.invite_all(newcomers=newcomers, by=request.appointment, now=timezone.now()))


def _line(row: dict[str, str]) -> Line:
    username, display_name, role, division, starts_on, last_day = (row.get(name, "") for name in HEAD)
    return Line(row["number"], username, display_name, role, division, starts_on, last_day)


def _check(request, lines: list[Line]) -> list[InviteForm]:
    """Every line by the rules of the page for one person; a name that occurs twice is refused too."""
    by_name, seen = _divisions_by_name(request.appointment.division_code), set()
    forms = []
    for line in lines:
        code = line.division if line.division.isdigit() else by_name.get(line.division, "")
        values = {
            "username": line.username,
            "display_name": line.display_name,
            "role": _ROLES.get(line.role, line.role),
            "division": code or "",
            "starts_on": line.starts_on,
            "last_day": line.last_day,
        }
        form = InviteForm(values, by=request.appointment)
        line.errors = [str(error) for errors in form.errors.values() for error in errors]
        if line.division and not code:
            line.errors.append("区划名称不在管辖范围内，或不止一个，请写 12 位代码。")
        if line.username.casefold() in seen:
            line.errors.append("同一个账号写了两次。")
        seen.add(line.username.casefold())
        forms.append(form)
    return forms


def _divisions_by_name(code: int) -> dict[str, int]:
    """Codes of the names that stand for one division alone: two communities may be called the same."""
    found: dict[str, list[int]] = {}
    for row in queries.divisions_at_and_below(code):
        found.setdefault(row.name, []).append(row.code)
    return {name: codes[0] for name, codes in found.items() if len(codes) == 1}
