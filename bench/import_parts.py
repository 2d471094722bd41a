"""What `bench.import_check` compares: the portal's own check, and the usual way with openpyxl and `full_clean`."""

from datetime import date
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files import File
from openpyxl import load_workbook

from facilities.imports.sheets import sheet
from facilities.models import Facility, FacilityState, ImportBatch
from facilities.operations import import_batch
from partners.models import ResidentProject
from tenants.models import Division, User

DISTRICT = 330105000000
DAY = date(2026, 11, 22)


def made(total: int) -> dict[str, list[dict[str, str]]]:
    """A workbook of `total` rows: one facility for every nine projects, one row in a hundred with an error."""
    communities = list(
        Division.objects.in_force(DAY)
        .filter(code__gte=DISTRICT, code__lt=DISTRICT + 10**6, level="community")
        .select_related("parent")
        .order_by("code")
    )
    facilities, projects = [], []
    for number in range(total // 10):
        community = communities[number % len(communities)]
        code = f"{community.parent.code // 1000}-{1000 + number}"
        facilities.append(
            {
                "code": code, "name": f"基准{number}号幸福家园", "street": community.parent.name, "community": str(community.code),
                "construction_type": "集成式", "since": "2025-03-01",
            }
        )  # fmt: skip
        for project in range(9):
            wrong = (number * 9 + project) % 100 == 0
            projects.append(
                {
                    "facility": code, "name": f"项目{project}", "run_by": "企业" if wrong else "社会组织",
                    "partner": f"机构{project}", "partner_kind": "公益合伙人", "item": str(project + 1), "fee_nature": "免费",
                    "serves_elders": "是", "serves_children": "否", "starts_on": "2025年3月1日", "ends_on": "2027.2.28",
                }
            )  # fmt: skip
    return {"facility": facilities, "project": projects}


def portal(path: Path, user: User) -> ImportBatch:
    """Receive, read, stage and check a file, as the worker does."""
    with path.open("rb") as file:
        batch = import_batch.receive(upload=File(file), name=path.name, by=user, division_code=DISTRICT)
    import_batch.stage(batch_id=batch.pk, found=import_batch.read_file(batch))
    import_batch.check(batch_id=batch.pk, day=DAY)
    return ImportBatch.objects.get(pk=batch.pk)


def openpyxl_rows(path: Path) -> list[tuple[str, tuple]]:
    book = load_workbook(path, read_only=True, data_only=True)
    return [
        (title, values) for title in book.sheetnames for values in book[title].iter_rows(min_row=2, values_only=True)
    ]


def full_clean_rows(rows: list[tuple[str, tuple]], limit: int) -> int:
    """Look up and `full_clean` the first rows one by one. Returns how many."""
    keys = {s.title: [c.key for c in s.columns] for s in (sheet("facility"), sheet("project"))}
    checked = 0
    for title, values in rows:
        if title not in keys or checked >= limit:
            continue
        checked += 1
        try:
            _clean(title, dict(zip(keys[title], values, strict=False)))
        except ValidationError:
            continue
    return checked


def _clean(title: str, row: dict) -> None:
    if title == sheet("facility").title:
        place = Division.objects.filter(code=int(row["community"]), valid_to=None).first()
        Facility(division_code=place.code, code=row["code"], name=row["name"]).full_clean()
        FacilityState(
            construction_type="integrated", lifecycle="open", starts_on=DAY, division_code=place.code
        ).full_clean(exclude=["facility"])
    else:
        Facility.objects.filter(code=row["facility"]).first()
        ResidentProject(
            name=row["name"], run_by="social", starts_on=DAY, division_code=DISTRICT, serves_elders=True
        ).full_clean(exclude=["facility"])
