from django.core.management.base import BaseCommand, CommandError

from assessments.models import Run, RunState
from assessments.operations.scopes import country_scope
from assessments.queries import replay
from assessments.rules.labels import tier_label
from tenants.scope import division_scope, opened_scope


class Command(BaseCommand):
    help = (
        "用存档的事实、标准版本和读法把测算重做一遍，结果和哈希必须与存档一致（不一致时退出码为 1）。"
        "--under 或 --reading 则回答“当时的数据换一种标准或读法会怎样”。"
    )

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="所有已测算的批次")
        which.add_argument("--run", type=int, help="批次的编号")
        which.add_argument("--quarter", help="一个季度的所有批次，写作 2026-Q3")
        parser.add_argument("--under", default="", help="改用的标准版本，如 gongshu@2025-draft+hangzhou@2025")
        parser.add_argument(
            "--reading", action="append", default=[], metavar="KEY=OPTION", help="改用的读法，如 G-1=domains_7"
        )

    def handle(self, *args, **options):
        readings = dict(self._reading(text) for text in options["reading"])
        wrong = 0
        for run_id, district in self._runs(options):
            with opened_scope(division_scope(district, source="command replay_quarter")):
                run = Run.objects.get(pk=run_id)
                if options["under"] or readings:
                    self._what_if(run, options["under"], readings)
                else:
                    wrong += self._replay(run)
        if wrong:
            raise CommandError(f"{wrong} 处与存档不一致。")

    def _reading(self, text: str) -> tuple[str, str]:
        key, _, option = text.partition("=")
        if not option:
            raise CommandError(f"读法写作 G-1=domains_7 这样的形式，收到的是“{text}”")
        return key, option

    def _runs(self, options) -> list[tuple[int, int]]:
        with opened_scope(country_scope("command replay_quarter")):
            runs = Run.objects.filter(state=RunState.COMPUTED)
            if options["run"]:
                runs = runs.filter(pk=options["run"])
            if options["quarter"]:
                runs = runs.filter(quarter=options["quarter"])
            found = list(runs.order_by("quarter", "division_code", "revision").values_list("pk", "division_code"))
        if not found:
            raise CommandError("没有符合条件的、已测算的批次。")
        return found

    def _replay(self, run: Run) -> int:
        differences, moved = replay.replay(run), replay.drift(run)
        self.stdout.write(
            f"{run}：{'一致' if not differences else f'{len(differences)} 处不一致'}，{run.facilities_done} 家"
        )
        for difference in differences:
            self.stdout.write(f"  {difference}")
        if moved:
            facilities = len({each.facility_id for each in moved})
            self.stdout.write(f"  台账后来有改动：{facilities} 家的 {len(moved)} 个数与测算时不同（存档结果不受影响）")
        return len(differences)

    def _what_if(self, run: Run, standard: str, readings: dict[str, str]) -> None:
        changes = replay.counterfactual(run, standard=standard, readings=readings)
        self.stdout.write(f"{run}：{len(changes)} 家的等级会不同")
        for change in changes:
            self.stdout.write(
                f"  设施 {change.facility_id}：{tier_label(change.stored)} → {tier_label(change.replayed)}"
            )
