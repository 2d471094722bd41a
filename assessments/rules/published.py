"""The draw as one file: data, log and verifier together. It is a Python script that needs nothing but Python itself."""

import ast
from dataclasses import dataclass
from pathlib import Path

from assessments.rules.sampling import ALGORITHM, SEPARATOR, sha256

_VERIFIER = Path(__file__).with_name("verifier.py.txt").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """What is published of one draw. frame, result: the texts of `sampling`; log: one line an event, in order."""

    title: str
    frame: str
    secret: str
    public: str
    permille: int
    double_permille: int
    result: str
    log: tuple[str, ...]


def draw_file(record: DrawRecord) -> str:
    """The file: `python 文件名` computes the draw again and says whether it is the one that was published."""
    values = {
        "ALGORITHM": ALGORITHM,
        "PERMILLE": record.permille,
        "DOUBLE_PERMILLE": record.double_permille,
        "SECRET": record.secret,
        "PUBLIC": record.public,
        "COMMITMENT": sha256(record.secret),
        "FRAME_SHA256": sha256(record.frame),
        "RESULT_SHA256": sha256(record.result),
    }
    lines = [f"# {record.title}", "# 抽样记录与核验程序。运行：python 本文件", ""]
    lines += [f"{name} = {value!r}" for name, value in values.items()]
    for name, text in (
        ("FRAME", record.frame),
        ("RESULT", record.result),
        ("LOG", "".join(f"{x}\n" for x in record.log)),
    ):
        lines += [f"{name} = ("] + [f"    {line!r}" for line in text.splitlines(keepends=True)] + ["    ''", ")"]
    return "\n".join(lines) + "\n" + _VERIFIER


_COLUMNS = ("kind", "street", "tier", "construction", "code", "lot", "times")


def drawn_of(file: str) -> list[dict[str, str]]:
    """The facilities that a published file says were drawn, in its order. Reads its text; runs nothing of it."""
    for node in ast.parse(file).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "RESULT":
            lines = ast.literal_eval(node.value).splitlines()
            rows = [dict(zip(_COLUMNS, line.split(SEPARATOR), strict=True)) for line in lines]
            return [row for row in rows if row["kind"] == "drawn"]
    return []
