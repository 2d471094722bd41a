"""A task takes ids and plain values by keyword, so that it can be sent again and read in the queue."""

import inspect

from happyhome.celery import app

PLAIN = {int, str, bool, "int", "str", "bool", "int | None", "str | None", int | None, str | None}


def our_tasks():
    app.loader.import_default_modules()
    return [task for name, task in app.tasks.items() if not name.startswith("celery.")]


def test_tasks_take_plain_values_by_keyword():
    for task in our_tasks():
        for parameter in inspect.signature(task.run).parameters.values():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                continue  # **_later: an older worker survives a new argument
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{task.name}({parameter.name})"
            annotated = parameter.annotation
            named_id = annotated is inspect.Parameter.empty and parameter.name.endswith(("_id", "_ids", "_code"))
            assert annotated in PLAIN or named_id, f"{task.name}({parameter.name}): int or str"
