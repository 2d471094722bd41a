"""Log lines as JSON, one object a line: what happened, in which request or task. No personal data.

Only fields named here are written. Telephone and citizen's numbers that slipped into a text are struck out, and so are the
values that PostgreSQL repeats in the DETAIL of an error.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from celery import current_task

from happyhome import request_id

_EXTRAS = ("status_code", "check", "run", "seconds")
_PERSONAL = re.compile(r"(?<![\dA-Za-z])(?:\d{17}[\dXx]|1[3-9]\d{9}|0571-?\d{8})(?![\dA-Za-z])")
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|HINT|LINE \d+):.*$", re.MULTILINE)
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"']*")
_KEY = re.compile(
    r"(?<=/invitation/)[^/\s\"']+|(?<=/[as]/)[^/\s\"']+"
)  # whoever reads the log must not be able to use the link


def scrubbed(text: str) -> str:
    """The text without what could name a person or stand for one: numbers, the DETAIL of database errors, query strings of
    addresses, keys of links.
    """
    return _PERSONAL.sub("[已隐去]", _KEY.sub("[已隐去]", _QUERY.sub("", _DETAIL.sub(r"\1: [已隐去]", text))))


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            "request_id": request_id.current(),
            "task_id": (current_task.request.id or "") if current_task else "",
            "process": record.process,
            **{name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _failure(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _failure(error: BaseException) -> dict:
    """The error and where it came from: files and lines, without the values of variables."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": type(error).__qualname__,
        "message": scrubbed(str(error)),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-15:]],
    }
