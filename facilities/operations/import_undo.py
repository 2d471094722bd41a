"""Takes a whole import back within 24 hours, unless what it wrote has been changed or built upon since."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, InternalError, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from facilities.imports.sheets import all_sheets
from facilities.imports.writing import Hand, ImportRefused
from facilities.models import BatchState, ImportBatch, ImportRow
from facilities.operations.bulk import plain, snapshot
from tenants.models import User
from tenants.operations import record_act

_NAMED = 3  # so many reasons are named; more are counted


def request_undo(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """Note that somebody wants an import taken back; `undo` then does it."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if batch.state != BatchState.APPLIED:
            raise ImportRefused("这次导入没有入库，不用撤销。")
        if now > batch.undoable_until():
            raise ImportRefused("入库已过 24 小时，不能整批撤销。请在台账里逐条更正。")
        batch.state, batch.undone_by, batch.progress, batch.error = BatchState.UNDOING, by, 10, ""
        batch.save()


def undo(*, batch_id: int, now: datetime) -> int:
    """Put back every value the import changed and remove what it added, in one transaction. Returns rows taken back."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state != BatchState.UNDOING:
            return 0
        written = list(batch.rows.exclude(changes=[]).order_by("pk"))
        hand = Hand(batch.undone_by, timezone.localdate(now), now, f"撤销导入 {batch.file_name}"[:200])
        try:
            with transaction.atomic():
                _reverse(written, hand)
                lasting = {sheet.key for sheet in all_sheets() if sheet.take_back}
                _take_back([change for row in written if row.sheet not in lasting for change in row.changes])
        except (IntegrityError, InternalError, ProtectedError, RestrictedError) as error:
            raise ImportRefused("这次导入的设施已经有了别的记录（如测算结果），不能整批撤销。") from error
        batch.state, batch.undone_at, batch.progress, batch.error = BatchState.UNDONE, now, 100, ""
        batch.save()
        record_act(
            verb="撤销导入", by=batch.undone_by, division_code=batch.division_code, subject=batch.file_name,
            subject_uuid=batch.uuid, details={"rows": batch.applied_count},
        )  # fmt: skip
        return batch.applied_count


def _reverse(written: list[ImportRow], hand: Hand) -> None:
    """What is never changed is undone by entries that reverse it, the last sheet first."""
    for sheet in reversed(all_sheets()):
        mine = [row for row in written if row.sheet == sheet.key]
        if sheet.take_back and mine:
            sheet.take_back(mine, hand)


def _take_back(changes: list[dict[str, Any]]) -> None:
    instances = _load(changes)
    added: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        if change["before"] is None:
            added[change["model"]].append(change["id"])
    _refuse_if_changed(changes, instances)
    _refuse_if_built_upon(added)
    restored: dict[tuple[str, tuple[str, ...]], dict[int, models.Model]] = defaultdict(dict)
    for change in changes:
        if change["before"] is not None and change["id"] not in added[change["model"]]:
            key = (change["model"], tuple(change["before"]))
            restored[key][change["id"]] = instances[change["model"], change["id"]]
    for label in _children_first(added):
        apps.get_model(label).objects.filter(pk__in=added[label]).delete()
    for (label, names), found in restored.items():
        model = apps.get_model(label)
        model.objects.bulk_update(found.values(), [_field(model, name).name for name in names], batch_size=1000)


def _children_first(labels: Iterable[str]) -> list[str]:
    """Models in an order in which none goes while another of them may still refer to it."""
    left, order = dict.fromkeys(labels), []
    while left:
        models_left = {apps.get_model(label) for label in left}
        free = [
            label for label in left
            if not any(
                field.related_model is apps.get_model(label)
                for model in models_left - {apps.get_model(label)}
                for field in model._meta.concrete_fields
            )
        ] or list(left)  # fmt: skip
        order += free
        for label in free:
            del left[label]
    return order


def _load(changes: list[dict[str, Any]]) -> dict[tuple[str, int], models.Model]:
    ids: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        ids[change["model"]].add(change["id"])
    return {
        (label, instance.pk): instance
        for label, keys in ids.items()
        for instance in apps.get_model(label).objects.select_for_update().filter(pk__in=keys)
    }


def _refuse_if_changed(changes: list[dict[str, Any]], instances: dict[tuple[str, int], models.Model]) -> None:
    """Walk back from the last change, putting old values into the loaded objects; each must still be as it was left."""
    touched = []
    for change in reversed(changes):
        instance = instances.get((change["model"], change["id"]))
        if instance is None:
            touched.append(f"一条{apps.get_model(change['model'])._meta.verbose_name}已被删除")
            continue
        if change["before"] is None:
            same = snapshot(instance) == change["after"]
        else:
            same = all(plain(getattr(instance, name)) == value for name, value in change["after"].items())
            for name, value in change["before"].items():
                setattr(instance, name, _field(type(instance), name).to_python(value))
        if not same:
            touched.append(f"{instance._meta.verbose_name}“{_title(instance)}”后来改过")
    _refuse(touched)


def _refuse_if_built_upon(added: dict[str, list[int]]) -> None:
    built = []
    for label, keys in added.items():
        for relation in apps.get_model(label)._meta.related_objects:
            child = relation.related_model
            if not getattr(child, "keeps_history", True):
                continue  # computed from the rest, and goes with it; results that must stay are kept by the database
            own = added.get(child._meta.label_lower, [])
            later = child._base_manager.filter(**{f"{relation.field.name}__in": keys})
            if own:
                later = later.exclude(pk__in=own)
            if number := later.count():
                built.append(f"后来又登记了 {number} 条{child._meta.verbose_name}")
    _refuse(built)


def _refuse(reasons: list[str]) -> None:
    if reasons:
        more = f"，等 {len(reasons)} 处" if len(reasons) > _NAMED else ""
        raise ImportRefused("不能整批撤销：" + "；".join(reasons[:_NAMED]) + more + "。请在台账里逐条更正。")


def _field(model: type[models.Model], name: str) -> models.Field:
    return next(field for field in model._meta.concrete_fields if field.attname == name)


def _title(instance: models.Model) -> str:
    facility = getattr(instance, "facility", None)
    return str(getattr(instance, "name", "") or facility or instance.pk)
