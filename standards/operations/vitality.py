"""Publishing a district's own version of the vitality index: never edited, its successor closes it."""

import copy
import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction

from standards.models import Standard, StandardKind, StandardVersion, Status
from standards.rules import RuleError
from standards.rules.vitality import build_scale
from tenants.models import User
from tenants.operations import record_act

LEAST_REASON = 6


class ScaleRefused(ValueError):
    """Why a version cannot be published, in words for the user."""


def drafted(base: dict[str, Any], *, district: int, effective_from: date, changes: dict[str, Any]) -> dict[str, Any]:
    """The data of a new version: the base with other weights, floors, targets, coverage, grades and parameters.

    changes: {"indicator": {key: {"weight", "floor", "target"}}, "coverage_for_grade": n, "grade": {name: least},
    "params": {key: n}}. Raises RuleError where no scale can be made of it.
    """
    data = copy.deepcopy(base)
    data["standard"] = {
        "key": f"vitality-{district}", "name": "热活度评价（本区示例口径）", "kind": "vitality", "division_code": district,
    }  # fmt: skip
    data["version"] = {
        "number": f"{effective_from:%Y%m%d}",
        "status": Status.DRAFT,
        "effective_from": effective_from.isoformat(),
        "effective_note": "本区按工作需要调整；附件 2 公布后整体替换。",
    }
    for entry in data["indicator"]:
        entry |= changes.get("indicator", {}).get(entry["key"], {})
    for entry in data["grade"]:
        entry["least"] = changes.get("grade", {}).get(entry["name"], entry["least"])
    data["scale"]["coverage_for_grade"] = changes.get("coverage_for_grade", data["scale"]["coverage_for_grade"])
    data["params"] |= changes.get("params", {})
    build_scale(data)
    return data


def publish_scale(*, data: dict[str, Any], by: User, reason: str, today: date) -> StandardVersion:
    """Publish a version for the district that its data names. Raises ScaleRefused; nothing has been written then."""
    reason = reason.strip()
    if len(reason) < LEAST_REASON:
        raise ScaleRefused(f"写明调整的理由，至少 {LEAST_REASON} 个字。")
    begins = date.fromisoformat(data["version"]["effective_from"])
    if begins <= today:
        raise ScaleRefused("生效日要晚于今天：已经测算的季度不重算。")
    try:
        build_scale(data)
    except RuleError as error:
        raise ScaleRefused(str(error)) from error
    content = hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    header = data["standard"]
    with transaction.atomic():
        standard, _ = Standard.objects.get_or_create(
            key=header["key"],
            defaults={"name": header["name"], "kind": StandardKind.VITALITY, "division_code": header["division_code"]},
        )
        open_version = StandardVersion.objects.select_for_update().filter(standard=standard, effective_to=None).first()
        if open_version is not None:
            if open_version.effective_from >= begins:
                raise ScaleRefused(f"已有版本从 {open_version.effective_from} 起生效，新版本要更晚。")
            open_version.effective_to = begins
            open_version.save(update_fields=["effective_to"])
        version = StandardVersion.objects.create(
            standard=standard, number=data["version"]["number"], status=Status.DRAFT, effective_from=begins,
            effective_note=data["version"]["effective_note"], content_sha256=content, data=data,
        )  # fmt: skip
        record_act(
            verb="发布热活度版本", by=by, division_code=header["division_code"], subject=str(version), reason=reason,
            details={"effective_from": begins.isoformat(), "content": content},
        )  # fmt: skip
    return version
