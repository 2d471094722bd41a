"""The demonstration, end to end: staff, two districts, their workbooks through the real import, and three quarters."""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.demo import load_evaluations, load_follow_ups, load_past_year, load_present_year
from assessments.models import Run
from engagement.demo import load_year
from facilities.demo.returns import load_returns
from facilities.demo.workbook import FOLDER
from facilities.models import BatchState, Facility, ImportBatch, Outcome
from facilities.operations import import_batch
from partners.demo import load_partners
from partners.demo_money import load_money
from partners.demo_plans import load_plans
from tenants.demo import GONGSHU, SHANGCHENG
from tenants.models import User
from tenants.operations import demo_staff, grant_facilities
from tenants.scope import division_scope, opened_scope

QUARTERS = ("2026-Q1", "2026-Q2", "2026-Q3")
DISTRICTS = ((GONGSHU, "gongshu.xlsx", "gongshu-admin"), (SHANGCHENG, "shangcheng.xlsx", "shangcheng-admin"))
_LAST_DAY = date(2026, 11, 22)  # the demonstration is written as of this day


class Command(BaseCommand):
    help = "Load the demonstration into empty districts (HAPPYHOME_DEMO must be on). A second time changes nothing."

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("The demonstration is off: set HAPPYHOME_DEMO=1. Its accounts have public passwords.")
        accounts = demo_staff()
        self._write_accounts(accounts)
        for division_code, name, username in DISTRICTS:
            self._load(division_code, FOLDER / name, User.objects.get(username=username))
            self._year(division_code)
        self._grant()
        for quarter in QUARTERS:
            call_command("run_quarter", quarter, district=[code for code, _, _ in DISTRICTS], stdout=self.stdout)
        for division_code, _, _ in DISTRICTS:
            self._returns(division_code)
            self._partners(division_code)
        self._evaluations(GONGSHU)
        self._checks(GONGSHU)
        self._follow_ups(GONGSHU)
        for division_code, _, _ in DISTRICTS:
            self._money(division_code)

    def _load(self, division_code: int, path: Path, by: User) -> None:
        scope = division_scope(division_code, user_id=by.pk, source="load_demo")
        with opened_scope(scope):
            if Facility.objects.exists():
                self.stdout.write(f"{path.name}: the district has facilities already; nothing loaded.")
                return
            with path.open("rb") as file:
                batch = import_batch.receive(upload=File(file), name=path.name, by=by, division_code=division_code)
            import_batch.stage(batch_id=batch.pk, found=import_batch.read_file(batch))
            import_batch.check(batch_id=batch.pk, day=_LAST_DAY)
            batch = ImportBatch.objects.get(pk=batch.pk)
            if batch.state != BatchState.CHECKED or Outcome.ERROR in batch.counts:
                raise CommandError(f"{path.name}: {batch.error or self._errors(batch)}")
            import_batch.request_apply(batch=batch, by=by, with_doubtful=True)
            written = import_batch.apply(batch_id=batch.pk, day=_LAST_DAY, now=timezone.now(), is_demo=True)
            self.stdout.write(f"{path.name}: {written} rows, {Facility.objects.count()} facilities.")

    def _year(self, division_code: int) -> None:
        with opened_scope(division_scope(division_code, source="load_demo")):
            for name, count in load_year(district=division_code).items():
                self.stdout.write(f"  {name}: {count}")

    def _money(self, division_code: int) -> None:
        """Two years of books; after the quarters, so that these stay as they were."""
        with opened_scope(division_scope(division_code, source="load_demo")):
            for name, count in load_money(district=division_code).items():
                self.stdout.write(f"  {name}: {count}")
            # 拱宸桥, where the demonstration's street staff work; else the first street there is
            streets = sorted(
                {one.division_code // 1000 * 1000 for one in Facility.objects.all()},
                key=lambda c: (c % 10**6 != 5000, c),
            )
            self.stdout.write(f"  规划事项: {load_plans(district=division_code, street=streets[0]) if streets else 0}")

    def _partners(self, division_code: int) -> None:
        """Agreements over the projects that run; in the first district a call, a selection and a case too."""
        with opened_scope(division_scope(division_code, source="load_demo")):
            made = load_partners(district=division_code, today=_LAST_DAY)
        self.stdout.write(f"{division_code}: {made} agreements with partners.")

    def _returns(self, division_code: int) -> None:
        """The current quarter's returns, open and some on their way; after the quarters, so that these stay as they were."""
        with opened_scope(division_scope(division_code, source="load_demo")):
            opened = load_returns(district=division_code, today=_LAST_DAY, now=timezone.now())
        self.stdout.write(f"{division_code}: {opened} returns opened.")

    def _evaluations(self, division_code: int) -> None:
        """Before the spot checks, which look at what the streets have filed."""
        with opened_scope(division_scope(division_code, source="load_demo")):
            made = load_evaluations(district=division_code)
        self.stdout.write(f"{division_code}: {made} self-evaluations.")

    def _checks(self, division_code: int) -> None:
        """Two years of spot checks, after the quarters: the rulings of the past year leave these as they were computed."""
        with opened_scope(division_scope(division_code, source="load_demo")):
            newest = Run.objects.filter(division_code=division_code, quarter=QUARTERS[-1]).latest("revision")
            past = load_past_year(district=division_code)
            present = load_present_year(district=division_code, run=newest)
        self.stdout.write(f"{division_code}: {past} visits of 2025, {present} of 2026.")

    def _follow_ups(self, division_code: int) -> None:
        with opened_scope(division_scope(division_code, source="load_demo")):
            orders = load_follow_ups(district=division_code)
        self.stdout.write(f"{division_code}: {orders} rectification orders.")

    def _errors(self, batch: ImportBatch) -> str:
        rows = batch.rows.filter(outcome=Outcome.ERROR)[:5]
        return "\n".join(f"{row.sheet_title} {f['cell']} {f['problem']}" for row in rows for f in row.findings)

    def _grant(self) -> None:
        """The assessor sees three facilities, the operator one."""
        with opened_scope(division_scope(GONGSHU, source="load_demo")):
            ids = list(
                Facility.objects.filter(code__startswith="330105005-").order_by("code").values_list("id", flat=True)
            )
            grant_facilities(username="assessor", facility_ids=ids[:3], by=None)
            grant_facilities(username="operator", facility_ids=ids[:1], by=None)

    def _write_accounts(self, accounts) -> None:
        lines = [f"{a.username:<24}{a.password}  {a.role_label}（{a.scope_name}）" for a in accounts]
        settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
        (settings.STATE_DIR / "demo-accounts.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
