"""下城 and 拱墅 as they were before the merger of 2021, with a registry, people, an import under way and a quarter."""

import csv
from datetime import date
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone

from facilities.models import ContactPerson, Facility
from partners.models import CharityReceipt, Partner
from portal.operations.reorganise.tables import LOGS, tables
from tenants.concordance import COLUMNS, read_concordance
from tenants.editing.drafts import save_draft
from tenants.models import Division, User
from tenants.operations import issue_token
from tenants.operations.personal import add_contact
from tenants.rules import CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, CodeRange, Role
from tenants.scope import Scope, division_scope, opened_scope
from tests.assessments import registry as make
from tests.facilities.conftest import book, bring, rows
from tests.people import person

CITY, GONGSHU, XIACHENG = 330100000000, 330105000000, 330103000000
TIANSHUI, TIANSHUI_NOW = 330103003000, 330105012000
DENGXINXIANG, YANZHI = 330103003051, 330103003052
HUAFENG_OF_SHIQIAO, HUAFENG_OF_HEMU = 330103009002, 330105004051  # two communities of one name
THE_FILE = settings.BASE_DIR / "fixtures" / "divisions" / "concordance-2021.csv"
DAY = date(2026, 10, 1)  # the standards are of 2025: the merger is replayed on this day
TODAY = date(2026, 11, 22)
PUBLISHED_OR_RECORD = {"standards_standard", "tenants_reorganisationrun"}  # whose document it is; of a district or city
EVERYWHERE = Scope(codes=CodeRange(10**11, 10**12))


def replayed(folder: Path) -> Path:
    """The concordance of 2021, word for word, with the day of the replay."""
    path = folder / "concordance-2021.csv"
    path.write_text(THE_FILE.read_text(encoding="utf-8").replace("2021-04-09,", f"{DAY},"), encoding="utf-8")
    return path


def concordance_of(folder: Path, *lines: dict, name="change.csv") -> Path:
    """A file of lines; `old` and `new` are (code, name)."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in lines:
            (old, old_name), (new, new_name) = line.get("old", ("", "")), line.get("new", ("", ""))
            values = [line["kind"], line.get("level", "community"), old, old_name, new, new_name]
            writer.writerow(
                [*values, line.get("facilities", ""), line.get("day", DAY), line.get("source", "区政府通知")]
            )
    return path


def divisions_of_2020() -> None:
    made = {CITY: Division.objects.create(code=CITY, name="杭州市", level="city")}
    lines = [line for line in read_concordance(THE_FILE).lines if line.old]
    for line in sorted(lines, key=lambda line: ["district", "street", "community"].index(line.level)):
        above = {"district": CITY_WIDTH, "street": DISTRICT_WIDTH, "community": STREET_WIDTH}[line.level]
        parent = made[line.old // above * above]
        made[line.old] = Division.objects.create(code=line.old, name=line.old_name, level=line.level, parent=parent)


def people() -> dict[str, User]:
    found = {
        "xiacheng": person(Role.DISTRICT_ADMIN, XIACHENG),
        "tianshui": person(Role.STREET_CLERK, TIANSHUI),
        "dengxinxiang": person(Role.COMMUNITY_REPORTER, DENGXINXIANG),
        "huafeng": person(Role.COMMUNITY_REPORTER, HUAFENG_OF_SHIQIAO),
        "gongshu": person(Role.DISTRICT_ADMIN, GONGSHU),
        "hemu": person(Role.COMMUNITY_REPORTER, HUAFENG_OF_HEMU),
        "city": person(Role.CITY_OBSERVER, CITY),
    }
    issue_token(user=found["tianshui"], now=timezone.now())
    return found


def registry() -> dict[str, Facility]:
    """Six facilities in two districts, with partners and vouchers that collide, a contact, and covered communities."""
    with opened_scope(division_scope(CITY)):
        made = {
            "dengxinxiang": make.demonstration(1, code=DENGXINXIANG),
            "yanzhi": make.demonstration(2, code=YANZHI),
            "tianshui": make.demonstration(3, code=TIANSHUI),
            "huafeng": make.demonstration(4, code=HUAFENG_OF_SHIQIAO),
            "hemu": make.demonstration(5, code=HUAFENG_OF_HEMU),
            "mishi": make.facility(6, code=330105001051, lifecycle="planned"),
        }
        made["yanzhi"].projects.filter(name="项目 1").delete()
        make.coverage(made["dengxinxiang"], DENGXINXIANG, YANZHI)
        make.coverage(made["hemu"], HUAFENG_OF_HEMU)
        for district in (GONGSHU, XIACHENG):
            Partner.objects.filter(division_code=district, name="项目 2的公司").update(uscc="91330105TEST000001")
        for number, name in enumerate(("huafeng", "hemu")):
            receipt = CharityReceipt.objects.filter(facility=made[name]).order_by("pk").first()
            CharityReceipt.objects.filter(pk=receipt.pk).update(voucher="2026-凭-1", amount_fen=6_000_000 + number)
        for name in ("dengxinxiang", "hemu"):
            facility = made[name]
            add_contact(
                contact=ContactPerson(facility=facility), owner=facility, by=None, name="某某", phone="13800000001",
                position="负责人",
            )  # fmt: skip
    return made


def draft(by: User, facility: Facility) -> None:
    """What somebody of 天水 has typed so far into the form of a facility."""
    with opened_scope(division_scope(TIANSHUI, user_id=by.pk)):
        assert save_draft(
            user=by, division_code=TIANSHUI, form="facility", object_uuid=facility.uuid, token=uuid4(),
            data={"address": ["体育场路"]}, base_version=1, now=timezone.now(),
        )  # fmt: skip


def import_under_way(by: User):
    """A workbook of the street 天水, checked and waiting to be confirmed."""
    new = {
        "name": "长虹幸福家园", "street": "天水街道", "community": "灯芯巷社区", "construction_type": "集成式",
        "lifecycle": "运行", "since": "2026-03-01",
    }  # fmt: skip
    with opened_scope(division_scope(TIANSHUI)):
        return bring(book({"设施": rows("facility", new)}), by=by, code=TIANSHUI)


_TABLES = """SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
AND c.relname NOT IN ('tenants_act', 'tenants_rowchange', 'tenants_reorganisationrun') ORDER BY 1"""


def whole_database() -> dict[str, str]:
    """Table → hash of all its rows, past no filter but the widest scope. Not the two logs and the record itself.

    Left out: whether a maintained fact is up to date (a cache that any update marks stale), and the counter of a row's
    versions, which must not go back.
    """
    found = {}
    with opened_scope(EVERYWHERE), connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            row = "(to_jsonb(t) - 'is_clean' - 'version')::text"
            cursor.execute(f'SELECT {row} FROM "{table}" t ORDER BY ({row}) COLLATE "C"')
            found[table] = sha256("\n".join(text for (text,) in cursor.fetchall()).encode()).hexdigest()
    return found


_WITH_A_DIVISION = """SELECT DISTINCT table_name::text FROM information_schema.columns WHERE table_schema = 'public'
AND column_name = 'division_code'"""


def orphans() -> dict[str, set[int]]:
    """Table → codes of its rows that nobody holds. What lives belongs to a division in force; what is kept under the code
    of before (`keeps_its_code`, the logs) to one in force or to one that has an heir who reads it.
    """
    known = tables()
    live = {model._meta.db_table for model in known.live}
    kept = {model._meta.db_table for model in (*known.kept, *LOGS)}
    found = {}
    with opened_scope(EVERYWHERE), connection.cursor() as cursor:
        in_force = Division.objects.in_force()
        codes = set(in_force.values_list("code", flat=True))
        pasts = in_force.values_list("past_codes", "past_districts")
        inherited = {code for past in pasts for part in past for code in part}
        cursor.execute(_WITH_A_DIVISION)
        for (table,) in cursor.fetchall():
            if table in PUBLISHED_OR_RECORD:
                continue
            assert (table in live) is not (table in kept), table
            cursor.execute(f"SELECT DISTINCT division_code FROM {table} WHERE division_code IS NOT NULL")
            if left := {code for (code,) in cursor.fetchall()} - (codes if table in live else codes | inherited):
                found[table] = left
    return found


def log(table: str) -> list[tuple[int, str]]:
    with opened_scope(EVERYWHERE), connection.cursor() as cursor:
        cursor.execute(f"SELECT id, t::text FROM {table} t ORDER BY id")
        return cursor.fetchall()
