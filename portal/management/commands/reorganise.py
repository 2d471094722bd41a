from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from portal.operations.reorganise import ReorganisationRefused, preview, reorganise, undo
from portal.operations.reorganise.report import report
from tenants.concordance import ConcordanceError, read_concordance
from tenants.models import User


class Command(BaseCommand):
    help = (
        "Carry a change of divisions out from a concordance file; --preview shows every effect, --undo takes it back."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="对照表,格式见 docs/divisions.md")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--preview", action="store_true", help="只列出全部影响,什么也不改")
        what.add_argument("--undo", action="store_true", help="撤销按这份对照表执行过的变更")
        parser.add_argument("--by", metavar="USERNAME", help="执行人的账号,记入操作日志")

    def handle(self, *, file, **options):
        try:
            self._run(read_concordance(file), self._person(options["by"]), options)
        except FileNotFoundError as error:
            raise CommandError(f"没有这个文件:{error.filename}") from error
        except ConcordanceError as error:
            raise CommandError(f"什么也没有改。先改正对照表:\n{error}") from error
        except IntegrityError as error:
            raise CommandError(f"什么也没有改。新区划里已有同号的行:{str(error).splitlines()[0]}") from error
        except ReorganisationRefused as error:
            raise CommandError(f"什么也没有改。先处理:\n{error}") from error

    def _run(self, concordance, by, options) -> None:
        today = timezone.localdate()
        if options["undo"]:
            undone = undo(concordance, by=by)
            self.stdout.write(f"已撤销 {undone.run}。")
            same = "各表与执行前逐字节相同。"
            self.stdout.write(f"执行后有人改过:{'、'.join(undone.differing)}" if undone.differing else same)
            return
        effects = (
            preview(concordance, today=today) if options["preview"] else reorganise(concordance, by=by, today=today)
        )
        for line in report(effects):
            self.stdout.write(line)
        if options["preview"] or effects.run is None:
            self.stdout.write("\n这是预演,什么也没有改。")
        else:
            self.stdout.write(f"\n已执行,记录号 {effects.run.uuid}。撤销:同一命令加 --undo。")

    def _person(self, username: str | None) -> User | None:
        if username is None:
            return None
        try:
            return User.objects.get(username=username)
        except User.DoesNotExist:
            raise CommandError(f"没有账号 {username}。") from None
