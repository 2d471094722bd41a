"""Words that occur nowhere else, planted in every free text of every tenant, and who may ever see them."""

import io
import re
import zipfile
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.db import models

from tenants.rules import CodeRange, code_range
from tests.structure.rows import scoped_models

WORD = re.compile(r"qz\d{5}x")
SHORTEST = 12  # characters that a canary and the number of its row may need

# Free texts that hold no words of people, and why.
NO_WORDS = {
    "name_sort": "follows the name, never shown",
    "sha256": "hash",
    "received_sha256": "hash",
    "media_type": "one of five",
    "removed_reason": "empty until an attachment is removed, and then only in the history",
    "fact_hash": "hash",
    "standard_hash": "hash",
    "result_hash": "hash",
    "hashes": "hashes",
    "request_digest": "hash",
    "phone_index": "keyed hash",
    "source_crs": "one of two words",
    "sheet": "key of a sheet",
    "row_key": "key of a row",
    "column": "key of a column",
    "mark": "name of a step",
    "content_hash": "hash",
    "quarter": "2026-Q3",
    "standard": "key of a version",
    "interpretation": "key of the register",
    "option": "key of the register",
    "form": "name of a form",
    "format": "xlsx or csv",
    "task": "name of a task",
    "master_key": "name of a key",
    "criteria": "keys of criteria",
    "moved": "numbers of rows by table",
    "layout": "keys of metrics",
    "duties": "keys of a standard",
    "scale": "key of a version",
    "service_standard": "key of a version",
    "scale_hash": "hash",
    "service_hash": "hash",
    "readings": "keys of the register",
    "nil_ledgers": "keys of ledgers",
    "columns": "letters of columns",
    "counts": "numbers",
    "frame_text": "facilities of a frame, published with the draw",
    "frame_sha256": "hash",
    "frame_sm3": "hash",
    "secret": "random, and published with the draw",
    "commitment": "hash",
    "draw_text": "published with the draw",
    "draw_sha256": "hash",
    "lot": "hash",
    "stored_sha256": "hash",
    "claims": "numbers and keys of metrics",
    "failed_by_criterion": "numbers",
    "unknown_by_criterion": "numbers",
}

# Columns that stay empty where another one is filled in.
EITHER_OR = {("OfferedFunction", "local_name")}


@dataclass(frozen=True)
class Canary:
    what: str  # Model.field
    code: int
    facility_id: int | None
    shared_down: bool

    def is_for(self, codes: CodeRange | None, grants: tuple[int, ...]) -> bool:
        """Whether somebody who sees a range of codes, or single facilities, may see the word. Plain arithmetic, on purpose."""
        if codes is None:
            return self.facility_id in grants
        above = self.shared_down and codes.lo in code_range(self.code)
        return codes.lo <= self.code < codes.hi or above


@dataclass
class Canaries:
    planted: dict[str, Canary] = field(default_factory=dict)
    _words: dict[Canary, str] = field(default_factory=dict)

    def word(self, what: str, code: int, facility_id: int | None = None, *, shared_down: bool = False) -> str:
        """A new word for a place; the same for all rows of a model, field and facility there."""
        canary = Canary(what, code, facility_id, shared_down)
        if canary not in self._words:
            word = self._words[canary] = f"qz{len(self.planted) + 10000}x"
            self.planted[word] = canary
        return self._words[canary]

    def plant_row(self, row: models.Model) -> None:
        """Put a word into each free text of a stored row. Its number keeps it unique."""
        model = type(row)
        facility_id = getattr(row, model.facility_path) if model.facility_path else None
        values = {
            one.name: self.word(
                f"{model.__name__}.{one.name}", row.division_code, facility_id, shared_down=model.shared_down
            )
            + str(row.pk)
            for one in free_texts(model)
            if getattr(row, one.name) or (model.__name__, one.name) not in EITHER_OR
        }
        if values:
            model._base_manager.filter(pk=row.pk).update(**values)

    def foreign_in(self, text: str, codes: CodeRange | None, grants: tuple[int, ...]) -> list[Canary]:
        """The planted words of a text that are not for these eyes."""
        found = {word for word in WORD.findall(text) if word in self.planted}
        return [self.planted[word] for word in sorted(found) if not self.planted[word].is_for(codes, grants)]


def free_texts(model: type[models.Model]) -> list[models.Field]:
    """The text columns of a model into which people may write what they like."""
    return [
        one
        for one in model._meta.concrete_fields
        if type(one) in {models.CharField, models.TextField}
        and not one.choices
        and one.name not in NO_WORDS
        and (one.max_length or SHORTEST) >= SHORTEST
    ]


def fields_for_words() -> set[str]:
    """Model.field of every column of a scoped model that must carry a canary: texts, JSON and sealed texts."""
    return {
        f"{model.__name__}.{one.name}"
        for model in scoped_models()
        for one in model._meta.concrete_fields
        if (one in free_texts(model) or isinstance(one, models.JSONField)) and one.name not in NO_WORDS
    }


def text_of(answer) -> str:
    """All that an answer says: its headers and its content, workbooks unpacked."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    workbook = body[:2] == b"PK"
    if workbook:
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            body = b"\n".join(parts.read(name) for name in parts.namelist())
    headers = "\n".join(
        f"{name}: {value} {unquote(value)}"
        for name, value in answer.headers.items()
        if not (workbook and name == "Content-Length")  # of what is packed: it follows the words
    )
    notes = getattr(getattr(answer.wsgi_request, "_messages", None), "_queued_messages", [])
    told = "\n".join(str(note) for note in notes)
    return f"{headers}\n{answer.cookies.output()}\n{told}\n{body.decode(errors='replace')}"
