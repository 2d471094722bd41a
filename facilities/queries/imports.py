"""Reads for the pages of an import."""

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from facilities.imports import sheets
from facilities.imports.secrets import shown
from facilities.models import BatchState, ImportBatch, ImportRow, Outcome
from tenants.open_work import Work

TABS = (*Outcome, "corrected", "all")


def batches(appointment, *, state: str = "", text: str = "") -> QuerySet[ImportBatch]:
    """Past imports that an appointment sees, newest first."""
    found = ImportBatch.objects.visible_to(appointment).select_related("uploaded_by")
    if state:
        found = found.filter(state=state)
    if text:
        found = found.filter(file_name__icontains=text)
    return found


def rows_under(batch: ImportBatch, tab: str) -> QuerySet[ImportRow]:
    """The rows under a tab of the result page: an outcome, those corrected in place, or all."""
    if tab == "corrected":
        return batch.rows.exclude(corrections={})
    return batch.rows.all() if tab == "all" else batch.rows.filter(outcome=tab)


def alike(batch: ImportBatch) -> dict[tuple[str, str, str], int]:
    """(sheet, column, problem) → number of cells with the same problem, for “同样的 n 处一起改”."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.sheet, f ->> 'column', f ->> 'problem', count(*) FROM facilities_importrow r,"
            " jsonb_array_elements(r.findings) f WHERE r.batch_id = %s AND f ->> 'fix' IS NOT NULL"
            " GROUP BY 1, 2, 3 HAVING count(*) > 1",
            [batch.pk],
        )
        return {(sheet, column, problem): number for sheet, column, problem, number in cursor.fetchall()}


def grids(rows: list[ImportRow], same: dict[tuple[str, str, str], int]) -> list[dict]:
    """The rows of one page as Excel grids, one for each sheet: letters, headings, cells, and what is wrong below each row."""
    found: dict[str, dict] = {}
    for row in rows:
        spec = sheets.sheet(row.sheet)
        grid = found.setdefault(row.sheet_title, {"title": row.sheet_title, "rows": [], "columns": []})
        grid["rows"].append(_grid_row(row, spec, same))
    for grid in found.values():
        used = {key for row in grid["rows"] for key, cell in row["cells"].items() if cell["text"] or cell["state"]}
        first = grid["rows"][0]["row"]
        spec = sheets.sheet(first.sheet)
        keys = [c.key for c in spec.columns if c.key in used]
        keys.sort(key=lambda key: _position(first.columns.get(key, "ZZZ")))
        grid["columns"] = [{"letter": first.columns.get(key, "–"), "title": spec.by_key[key].title} for key in keys]
        grid["lists"] = [
            {"id": f"list-{spec.key}-{key}", "choices": spec.by_key[key].kind.choices}
            for key in keys
            if spec.by_key[key].kind.choices
        ]
        for row in grid["rows"]:
            row["cells"] = [row["cells"][key] for key in keys]
    return list(found.values())


def _grid_row(row: ImportRow, spec, same: dict) -> dict:
    worst: dict[str, str] = {}
    for finding in row.findings:
        if worst.get(finding["column"]) != "bad":
            worst[finding["column"]] = "bad" if finding["level"] == "error" else "doubt"
    cells = {}
    for column in spec.columns:
        state = worst.get(column.key) or ("fixed" if column.key in row.corrections else "")
        cells[column.key] = {
            "key": column.key,
            "title": column.title,
            "text": shown(spec, column.key, row.text_of(column.key)),
            "state": state,
            "list": f"list-{spec.key}-{column.key}" if column.kind.choices else "",
        }
    findings = [
        finding | {"same": same.get((row.sheet, finding["column"], finding["problem"]), 1)} for finding in row.findings
    ]
    fixed = [
        {
            "column": key,
            "cell": f"{row.columns.get(key, '')}{row.number}",
            "was": shown(spec, key, row.cells.get(key, "")),
        }
        for key in row.corrections
        if key not in worst
    ]
    return {"row": row, "cells": cells, "findings": findings, "fixed": fixed}


def _position(name: str) -> tuple[int, str]:
    return len(name), name


def effects(batch: ImportBatch) -> dict[str, list[str]]:
    """What confirming would do, by sheet: 设施 3 行; and how that which can never be changed would be undone."""
    found: dict[str, list[str]] = {"new": [], "updated": [], "undo": []}
    for spec in sheets.all_sheets():
        for kind, key in (("new", "new"), ("updated", "update")):
            if number := batch.counts.get(f"{spec.key}.{key}", 0):
                found[kind].append(f"{spec.title} {number} 行")
                if spec.undo and f"{spec.title}：{spec.undo}" not in found["undo"]:
                    found["undo"].append(f"{spec.title}：{spec.undo}")
    return found


def waiting_imports(user):
    """What somebody has uploaded and neither applied nor given up, as work that a successor takes over."""
    waiting = ImportBatch.objects.filter(uploaded_by=user, state=BatchState.CHECKED).order_by("-uploaded_at")
    for batch in waiting:
        yield Work(f"等待确认的导入：{batch.file_name}", reverse("facilities:import_batch", args=[batch.uuid]))
