"""Back up the database and the uploaded files into one verified archive."""

import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from happyhome.backup import ArchiveDamaged, ToolFailed, drill, make_backup


class Command(BaseCommand):
    help = "备份数据库和上传的文件到一个归档文件，写完即读回校验。主密钥不在其中，须另行保管。"

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, help="归档文件，默认在状态目录的 backups 下按时间命名")
        parser.add_argument("--drill", action="store_true", help="接着恢复到临时库，比对全部行数与哈希")

    def handle(self, *args, **options):
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S")
        target = options["to"] or settings.STATE_DIR / "backups" / f"happyhome-{stamp}.tar"
        if target.exists():
            raise CommandError(f"{target} 已存在。")
        began = time.monotonic()
        try:
            made = make_backup(target=target, source=settings.DATABASE_ADMIN, files=Path(settings.MEDIA_ROOT))
            self.stdout.write(
                f"{target}：{target.stat().st_size / 1e6:.1f} MB，{len(made.manifest['tables'])} 张表，"
                f"{len(made.manifest['members']) - 1} 个文件，备份并校验用时 {time.monotonic() - began:.1f} 秒。"
            )
            if options["drill"]:
                report(self, drill(backup=made, server=settings.DATABASE_ADMIN))
        except (ToolFailed, ArchiveDamaged) as error:
            raise CommandError(str(error)) from error


def report(command: BaseCommand, outcome) -> None:
    command.stdout.write(
        f"恢复演练：{outcome.tables} 张表、{outcome.rows} 行、{outcome.files} 个文件，"
        f"恢复 {outcome.seconds['restore']:.1f} 秒，比对 {outcome.seconds['compare']:.1f} 秒。"
    )
    for difference in outcome.differences:
        command.stdout.write(f"不一致：{difference}")
    if outcome.differences:
        raise CommandError(f"恢复出来的内容有 {len(outcome.differences)} 处不一致。")
    command.stdout.write("逐表行数与哈希全部一致。")
