"""Restore an archive into an empty database, or try that out."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from happyhome.backup import Archive, ArchiveDamaged, ToolFailed, drill, restore
from happyhome.management.commands.backup import report


class Command(BaseCommand):
    help = "校验归档并恢复到一个空库（不存在则新建）；从不覆盖已有数据。--drill 只做演练。"

    def add_arguments(self, parser):
        parser.add_argument("archive", type=Path)
        parser.add_argument("--database", help="恢复到哪个库，默认为归档里记的库名")
        parser.add_argument("--files", type=Path, help="文件恢复到哪个目录，默认为上传目录")
        parser.add_argument("--drill", action="store_true", help="恢复到临时库和临时目录，比对后删除")

    def handle(self, *args, **options):
        try:
            found = Archive.verified(options["archive"])
            if options["drill"]:
                report(self, drill(backup=found, server=settings.DATABASE_ADMIN))
                return
            name = options["database"] or found.manifest["database"]
            files = options["files"] or Path(settings.MEDIA_ROOT)
            written = restore(backup=found, server=settings.DATABASE_ADMIN, name=name, files=files)
        except FileExistsError as error:
            raise CommandError(f"库 {error} 里已有数据。请另给一个空库（--database），核对后再切换。") from error
        except (ToolFailed, ArchiveDamaged) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"已恢复到库 {name}，写入 {written} 个文件。接着运行 manage.py migrate 和 manage.py verify_audit。"
        )
