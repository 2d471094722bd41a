"""Writes the demonstration workbooks. The same code gives the same bytes (tests compare them with the committed file)."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

from django.conf import settings

from facilities.demo.gongshu import GONGSHU
from facilities.demo.kit import workbook_rows
from facilities.demo.shangcheng import SHANGCHENG
from facilities.imports.template import write_workbook

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "demo"
WORKBOOKS = {"gongshu.xlsx": GONGSHU, "shangcheng.xlsx": SHANGCHENG}
_REMARK = "演示数据：设施、机构、项目、金额和坐标均为虚构，只有街道和社区的名称取自公开资料。"


def workbook(name: str) -> bytes:
    buffer = BytesIO()
    write_workbook(buffer, workbook_rows(WORKBOOKS[name]), remark=_REMARK, created=datetime(2026, 11, 22))  # noqa: DTZ001
    return buffer.getvalue()


def write_all(folder: Path = FOLDER) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in WORKBOOKS]
    for path in paths:
        path.write_bytes(workbook(path.name))
    return paths
