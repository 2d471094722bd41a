"""Marks of standards for every page that shows a result: status of the document, links to clauses."""

from django import template
from django.urls import reverse

from standards.models import Status
from standards.wording import clause_path

register = template.Library()

_TONES = {Status.DRAFT: "t-warn", Status.TRIAL: "t-info", Status.FORMAL: "t-pass", Status.REPEALED: ""}


@register.inclusion_tag("standards/parts/status.html")
def standard_status(version):
    """The standing of a version (or document) as a tag: 征求意见稿, 试行, 正式, 废止; 示例口径 for a scale without a document."""
    label = getattr(version, "standing", None) or Status(version.status).label
    return {"status": version.status, "label": label, "tone": _TONES[Status(version.status)]}


@register.inclusion_tag("standards/parts/basis.html")
def basis(versions):
    """The line that stands wherever a result appears: by which versions it was judged, and that a draft is one (DOC-1).

    versions: StandardVersion rows with their standard and document.
    """
    versions = list(versions)
    return {"versions": versions, "has_draft": any(version.standing == Status.DRAFT.label for version in versions)}


@register.simple_tag
def clause_href(document_key: str, reference: str) -> str:
    """Address of a clause in its document: `{% clause_href "gongshu-2025" "拱墅 三(一)1" %}`."""
    return reverse("standards:index") + clause_path(document_key, reference.partition(" ")[2])
