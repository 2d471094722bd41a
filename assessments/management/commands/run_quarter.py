from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments import operations
from assessments.models import Run, RunState
from assessments.operations.scopes import country_scope
from assessments.rules.quarters import Quarter
from tenants.rules import district_of
from tenants.scope import division_scope, opened_scope


class Command(BaseCommand):
    help = "测算一个季度：python manage.py run_quarter 2026-Q3 --district 330105000000（不写 --district 则测算所有有设施的区）"

    def add_arguments(self, parser):
        parser.add_argument("quarter", help="季度，写作 2026-Q3")
        parser.add_argument("--district", type=int, action="append", help="12 位区划代码，可以写多次")
        parser.add_argument("--rerun", action="store_true", help="已经测算过也重新测算一次")
        parser.add_argument("--reason", default="", help="重新测算的理由")

    def handle(self, *args, **options):
        try:
            quarter = Quarter.parse(options["quarter"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        failed = 0
        for district in options["district"] or self._districts():
            run = self._run(quarter, district_of(district), options)
            failed += run.state != RunState.COMPUTED
            self.stdout.write(f"{run}：{run.get_state_display()}，{run.facilities_done} 家 {run.error}".rstrip())
        if failed:
            raise CommandError(f"{failed} 个区没有完成，原因见上。")

    def _districts(self) -> list[int]:
        with opened_scope(country_scope("command run_quarter")):
            return operations.runs.districts_with_facilities()

    def _run(self, quarter: Quarter, district: int, options) -> Run:
        scope = division_scope(district, source="command run_quarter", reason=options["reason"])
        try:
            with opened_scope(scope):
                seen = Run.objects.filter(quarter=str(quarter), division_code=district).order_by("-revision").first()
                run = operations.runs.start_quarter(
                    quarter=quarter,
                    district=district,
                    by=None,
                    reason=options["reason"],
                    today=timezone.localdate(),
                    rerun=options["rerun"],
                    based_on=seen.revision if seen else 0,
                )
            operations.runs.compute_run(run_id=run.pk, district=district)
        except operations.runs.RunRefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        except operations.runs.RunFailedError:
            self.stderr.write(f"{quarter} {district} 没有完成")
        with opened_scope(scope):
            return Run.objects.get(pk=run.pk)
