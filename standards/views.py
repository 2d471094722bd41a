"""Pages of standards: documents clause by clause, versions, and the readings with their rulings."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from standards import operations, queries
from standards.forms import RulingForm
from standards.models import Document, StandardVersion
from standards.wording import clause_path
from tenants.access import requires
from tenants.queries import scope_of
from tenants.rules import Permission, district_of, may


@require_GET
@requires(Permission.VIEW_STANDARDS)
def index(request):
    """The documents, and the versions of every standard with their status."""
    versions = StandardVersion.objects.select_related("standard", "document").order_by("standard", "-effective_from")
    context = {"documents": Document.objects.all(), "versions": versions, "today": timezone.localdate()}
    return render(request, "standards/index.html", context)


@require_GET
@requires(Permission.VIEW_STANDARDS)
def document(request, key):
    """A document paragraph by paragraph; beside each, the criteria made of it and the defects noted."""
    found = get_object_or_404(Document, key=key)
    context = {"document": found, "paragraphs": queries.annotated_clauses(found)}
    return render(request, "standards/document.html", context)


@require_GET
@requires(Permission.VIEW_STANDARDS)
def clause(request, reference):
    """Leads from a reference (拱墅 三(一)1) to its place in the document."""
    found = queries.find_clause(reference)
    if found is None:
        raise Http404
    return redirect(reverse("standards:index") + clause_path(found.document.key, found.number))


@require_GET
@requires(Permission.VIEW_STANDARDS)
def version(request, standard, number):
    """One version: its criteria, items, links or metrics, whatever it consists of."""
    found = get_object_or_404(
        StandardVersion.objects.select_related("standard", "document"), standard__key=standard, number=number
    )
    return render(request, "standards/version.html", queries.version_contents(found, timezone.localdate()))


@require_GET
@requires(Permission.VIEW_STANDARDS)
def readings(request):
    """The register, with what holds in the district today."""
    entries = queries.readings_of(_district(request), timezone.localdate())
    return render(request, "standards/readings.html", {"entries": entries.values(), "knows_rulings": _knows(request)})


@require_GET
@requires(Permission.VIEW_STANDARDS)
def reading(request, key):
    """One entry of the register: its options with what each changes, the rulings so far, the form to rule."""
    entries = _entries_with(request, key)
    form = _form(entries[key]) if _may_rule(request, entries[key]) else None
    return render(request, "standards/reading.html", _context(request, entries, key, form))


@require_POST
@requires(Permission.RULE_ON_READINGS)
def rule(request, key):
    """Rule on a reading from a day on."""
    entries = _entries_with(request, key)
    form = _form(entries[key], request.POST)
    if form.is_valid():
        try:
            ruling = operations.rule_on_reading(
                by=request.user, district_code=_district(request), interpretation=key, **form.cleaned_data
            )
        except operations.RulingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            label = entries[key].interpretation.option(ruling.option).label
            messages.success(request, f"已裁定 {key}：{label}，自 {ruling.effective_from} 起。重新测算后体现在结果里。")
            return redirect("standards:reading", key=key)
    return render(request, "standards/reading.html", _context(request, entries, key, form), status=422)


def _entries_with(request, key):
    """How the district reads everything; 404 if the register has no such entry."""
    entries = queries.readings_of(_district(request), timezone.localdate())
    if key not in entries:
        raise Http404
    return entries


def _context(request, entries, key, form):
    return {
        "entry": entries[key],
        "options": queries.effects(_district(request), entries, key, timezone.localdate()),
        "knows_rulings": _knows(request),
        "form": form,
    }


def _form(entry, data=None):
    return RulingForm(data, interpretation=entry.interpretation, present=entry.option_key, today=timezone.localdate())


def _district(request) -> int:
    """The district of whoever is looking; for the city, its own code, where nobody has ruled."""
    return district_of(request.appointment.division_code)


def _knows(request) -> bool:
    """Assessors and operators see single facilities and no rulings of a district; they are told so."""
    return scope_of(request.appointment).codes is not None


def _may_rule(request, entry) -> bool:
    return entry.interpretation.is_open and may(request.appointment.role, Permission.RULE_ON_READINGS)
