"""Check that nothing in the two logs was changed, removed or slipped in since it was sealed. Exit code 1 if something was."""

import sys
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from tenants.operations.audit import verify_audit
from tenants.sealing import read_anchor


class Command(BaseCommand):
    help = "核验操作日志和变动记录自封存以来有没有被改、被删、被补。发现问题时退出码为 1。"

    def add_arguments(self, parser):
        parser.add_argument(
            "--head", type=Path, action="append", default=[], help="export_audit_head 留存的文件，可重复"
        )

    def handle(self, *args, **options):
        began = time.monotonic()
        report = verify_audit(anchors=[anchor for path in options["head"] for anchor in _anchors(path)])
        self.stdout.write(
            f"核验 {report.batches} 批、{report.rows} 条记录，用时 {time.monotonic() - began:.2f} 秒；"
            f"{report.unsealed} 条等待封存。"
        )
        for finding in report.findings:
            self.stdout.write(f"[{finding.kind}] {finding.place}：{finding.text}")
        if not report.is_sound:
            self.stdout.write(f"共 {len(report.findings)} 个问题。")
            sys.exit(1)
        self.stdout.write("完好。")


def _anchors(path: Path):
    try:
        return [read_anchor(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from error
