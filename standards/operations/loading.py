"""Publishing what the files in `fixtures/` say. Loading twice changes nothing; what is published is never edited."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from standards.models import (
    Clause,
    CrosswalkLink,
    Document,
    FunctionItem,
    Standard,
    StandardKind,
    StandardVersion,
)
from standards.queries import METRICS, REGISTER
from standards.rules.checks import problems
from standards.rules.clauses import paragraphs

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
_ORDER = (
    StandardKind.METRICS,
    StandardKind.REGISTER,
    StandardKind.CATALOGUE,
    StandardKind.CROSSWALK,
    StandardKind.CRITERIA,
    StandardKind.SERVICE,
    StandardKind.VITALITY,
    StandardKind.FOLLOW_UP,
)


class LoadRefused(ValueError):
    """A file cannot be published. Nothing has been written; the message says which file, why and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one file: whether it was new, and the predecessor that it closed."""

    name: str
    is_new: bool
    closed: str = ""


@transaction.atomic
def load(files: Sequence[Path] = ()) -> list[Loaded]:
    """Publish documents and standards from TOML files; without any, all that come with the portal.

    A document is a TOML file with the text beside it (same name, .txt); a standard names its kind. All or nothing.
    Raises LoadRefused.
    """
    if not files:
        files = sorted([*(FIXTURES / "documents").glob("*.toml"), *(FIXTURES / "standards").glob("*.toml")])
    parsed = [(path, _parse(path)) for path in files]
    documents = [(path, data) for path, data in parsed if "standard" not in data]
    standards = [(path, data) for path, data in parsed if "standard" in data]
    standards.sort(key=lambda pair: (_ORDER.index(pair[1]["standard"]["kind"]), _begins(pair[1]), pair[0].name))
    return [_publish_document(*pair) for pair in documents] + [_publish_version(*pair) for pair in standards]


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LoadRefused(f"{path.name}: cannot be read as TOML: {error}") from error


def _begins(data: dict[str, Any]) -> date:
    return data["version"]["effective_from"]


# --- documents --------------------------------------------------------------------------------------------------------


def _publish_document(path: Path, data: dict[str, Any]) -> Loaded:
    text = path.with_suffix(".txt").read_bytes()
    actual = hashlib.sha256(text).hexdigest()
    if actual != data["sha256"]:
        raise LoadRefused(f"{path.name}: the text beside it has SHA-256 {actual}, the file says {data['sha256']}")
    published = Document.objects.filter(key=data["key"]).first()
    if published is not None:
        if published.sha256 != actual:
            raise LoadRefused(
                f"{path.name}: {data['key']} is published with another text. Give the new text a new key."
            )
        return Loaded(data["key"], is_new=False)
    document = Document.objects.create(
        key=data["key"],
        short_name=data["short_name"],
        title=data["title"],
        number=data["number"],
        issuer=data["issuer"],
        status=data["status"],
        published_on=data["published_on"],
        effective_on=data.get("effective_on"),
        effective_note=data.get("effective_note", ""),
        source=data["source"],
        source_url=data.get("source_url", ""),
        sha256=actual,
        defects=data.get("defect", []),
    )
    _publish_clauses(document, text.decode(), [(begins, number) for begins, number in data["named"]])
    return Loaded(data["key"], is_new=True)


def _publish_clauses(document: Document, text: str, named: list[tuple[str, str]]) -> None:
    by_number: dict[str, Clause] = {}
    for order, paragraph in enumerate(paragraphs(text, named), start=1):
        by_number[paragraph.number] = Clause.objects.create(
            document=document,
            order=order,
            number=paragraph.number,
            parent=by_number.get(paragraph.parent),
            is_heading=paragraph.is_heading,
            text=paragraph.text,
        )


def _clause_texts() -> dict[str, str]:
    clauses = Clause.objects.values_list("document__short_name", "number", "text")
    return {f"{document} {number}": text for document, number, text in clauses}


# --- standards --------------------------------------------------------------------------------------------------------


def _publish_version(path: Path, data: dict[str, Any]) -> Loaded:
    kind, header, version = data["standard"]["kind"], data["standard"], data["version"]
    frozen = json.loads(json.dumps(data, ensure_ascii=False, default=date.isoformat))
    content = hashlib.sha256(json.dumps(frozen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    name = f"{header['key']}@{version['number']}"
    published = StandardVersion.objects.filter(standard__key=header["key"], number=version["number"]).first()
    if published is not None:
        if published.content_sha256 != content:
            raise LoadRefused(
                f"{path.name}: {name} is published and differs from this file. What is published is never edited:"
                " give the file a new [version] number and effective_from."
            )
        return Loaded(name, is_new=False)
    if found := _problems(frozen):
        raise LoadRefused(f"{path.name}: " + "; ".join(found))
    standard, _ = Standard.objects.get_or_create(
        key=header["key"], defaults={"name": header["name"], "kind": kind, "division_code": header["division_code"]}
    )
    document = Document.objects.filter(key=version.get("document")).first()
    closed = _close_predecessor(path, standard, version["effective_from"])
    created = StandardVersion.objects.create(
        standard=standard,
        number=version["number"],
        status=version["status"],
        document=document,
        effective_from=version["effective_from"],
        effective_note=version.get("effective_note", ""),
        source_sha256=document.sha256 if document else "",
        content_sha256=content,
        data=frozen,
    )
    _publish_rows(created, frozen)
    return Loaded(name, is_new=True, closed=closed)


def _problems(data: dict[str, Any]) -> list[str]:
    register = StandardVersion.objects.filter(
        standard__key=REGISTER, number=data["version"].get("register", "")
    ).first()
    metrics = StandardVersion.objects.filter(standard__key=METRICS).order_by("-effective_from").first()
    return problems(
        data,
        _clause_texts(),
        register.data if register else None,
        [metric["key"] for metric in metrics.data["metric"]] if metrics else (),
    )


def _close_predecessor(path: Path, standard: Standard, begins: date) -> str:
    """The open version ends on the day on which its successor begins."""
    open_version = standard.versions.filter(effective_to=None).first()
    if open_version is None:
        return ""
    if open_version.effective_from >= begins:
        raise LoadRefused(
            f"{path.name}: {open_version} begins on {open_version.effective_from}; a successor begins later."
        )
    open_version.effective_to = begins
    open_version.save(update_fields=["effective_to"])
    return str(open_version)


def _publish_rows(version: StandardVersion, data: dict[str, Any]) -> None:
    FunctionItem.objects.bulk_create(_items(version, data.get("item", ())))
    CrosswalkLink.objects.bulk_create(
        CrosswalkLink(version=version, item_number=link["item"], city_number=city)
        for link in data.get("link", ())
        for city in link["city"]
    )


def _items(version: StandardVersion, items: Iterable[dict[str, Any]]) -> list[FunctionItem]:
    return [
        FunctionItem(
            version=version,
            number=item["number"],
            name=item["name"],
            category=item["category"],
            domain=item["domain"],
            is_base=item["base"],
            service=item.get("service"),
            serves=item["serves"],
            clause=item["clause"],
        )
        for item in items
    ]
