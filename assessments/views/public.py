"""What the district published, for everybody: pages without a login and files at addresses that stay.

These views read `PublishedDocument` and nothing else, so a computed tier cannot appear as a published one.
"""

import csv
import io
import json

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from assessments.exports import notices
from assessments.models import DocumentKind, PublishedDocument
from assessments.queries.directories import corrections_of, entries_now
from assessments.rules.published import drawn_of
from tenants.access import requires
from tenants.models import Division
from tenants.rules import DISTRICT_WIDTH, Permission

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV_COLUMNS = ("code", "name", "street", "construction", "tier_label", "movement", "basis")
FORMS = (
    ("pdf", "PDF"),
    ("docx", "Word"),
    ("csv", "CSV"),
    ("json", "JSON"),
    ("plaques.pdf", "牌匾清单 PDF"),
    ("plaques.docx", "牌匾清单 Word"),
)
CSV_HEAD = ("编号", "名称", "街道", "建设类型", "等级", "变动", "依据")


@requires(Permission.PUBLIC)
@require_GET
def index(request):
    """Every document, newest year first."""
    rows = PublishedDocument.objects.order_by("-year", "district", "-published_at")
    names = _names({row.district for row in rows})
    groups: dict[tuple, list] = {}
    for row in rows:
        groups.setdefault((row.year, names.get(row.district, str(row.district))), []).append(row)
    return render(request, "assessments/public_index.html", {"groups": groups.items()})


@requires(Permission.PUBLIC)
@require_GET
def document(request, district, year, name):
    """One document as a page."""
    found = _document(district, year, name)
    if found.kind in {DocumentKind.DRAW, DocumentKind.COMMITMENT}:
        content = json.loads(found.content) if found.kind == DocumentKind.COMMITMENT else None
        context = {"document": found, "content": content, "drawn": [] if content else drawn_of(found.content)}
        return render(request, "assessments/public_draw.html", context)
    if found.kind == DocumentKind.CORRECTION:
        return render(request, "assessments/public_correction.html", _correction(found))
    content = json.loads(found.content)
    is_directory = found.kind == DocumentKind.DIRECTORY
    entries = entries_now(found) if is_directory else content["entries"]
    wanted = request.GET.get("q", "").strip()
    shown = [entry for entry in entries if not wanted or wanted in entry["name"] or wanted in entry["street"]]
    later = PublishedDocument.objects.filter(
        district=found.district, year=found.year, kind=found.kind, number__gt=found.number
    )
    context = {
        "document": found,
        "content": content,
        "tiers": [(label, [e for e in shown if e["tier"] == tier]) for tier, label in ((2, "示范型"), (1, "普惠型"))],
        "corrections": corrections_of(found) if is_directory else [],
        "is_directory": is_directory,
        "wanted": wanted,
        "forms": FORMS if is_directory else FORMS[:4],
        "later": later.order_by("-number").first(),
        "earlier": PublishedDocument.objects.filter(
            district=found.district, kind=DocumentKind.DIRECTORY, year__lt=found.year
        ).order_by("-year", "-number"),
    }
    return render(request, "assessments/public_directory.html", context)


@requires(Permission.PUBLIC)
@require_GET
def file(request, district, year, name, form):
    """The same as a file. JSON and the verifier are the published bytes; CSV, PDF and Word are made from them."""
    found = _document(district, year, name)
    listed = found.kind in {DocumentKind.NOTICE, DocumentKind.DIRECTORY}
    made = {
        "json": lambda: ("application/json; charset=utf-8", found.content) if found.kind != DocumentKind.DRAW else None,
        "py": lambda: ("text/plain; charset=utf-8", found.content) if found.kind == DocumentKind.DRAW else None,
        "csv": lambda: ("text/csv; charset=utf-8", _csv(found)) if listed else None,
        "pdf": lambda: ("application/pdf", notices.pdf(found)) if listed else None,
        "docx": lambda: (WORD, notices.word(found)) if listed else None,
        "plaques.pdf": lambda: ("application/pdf", notices.pdf(found, plaques=True)) if listed else None,
        "plaques.docx": lambda: (WORD, notices.word(found, plaques=True)) if listed else None,
    }.get(form, lambda: None)()
    if made is None:
        raise Http404
    media_type, content = made
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(True, f"{found.title}.{form}")
    answer["X-Content-SHA256"] = found.sha256
    return answer


def _csv(found: PublishedDocument) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_HEAD)
    rows = entries_now(found) if found.kind == DocumentKind.DIRECTORY else json.loads(found.content)["entries"]
    for entry in rows:
        writer.writerow([_plain(str(entry[column])) for column in CSV_COLUMNS])
    return "\ufeff" + out.getvalue()


def _plain(text: str) -> str:
    """No live formula in a spreadsheet."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _correction(found: PublishedDocument) -> dict:
    content = json.loads(found.content)
    named = [content["directory"], *filter(None, [content.get("replaces")])]
    versions = PublishedDocument.objects.filter(uuid__in=named, kind=DocumentKind.DIRECTORY).order_by("number")
    return {"document": found, "content": content, "versions": versions}


def _document(district: int, year: int, name: str) -> PublishedDocument:
    kind, _, number = name.rpartition("-")
    found = PublishedDocument.objects.filter(district=district * DISTRICT_WIDTH, year=year, kind=kind)
    document = found.filter(number=int(number)).first() if number.isdecimal() and len(number) < 6 else None
    if document is None:
        raise Http404
    return document


def _names(codes: set[int]) -> dict[int, str]:
    return dict(Division.objects.filter(code__in=codes, valid_to=None).values_list("code", "name"))
