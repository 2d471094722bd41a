"""Print the head of the audit chain, to be kept where the operators of the database cannot reach it."""

from django.core.management.base import BaseCommand, CommandError

from tenants.sealing import export_head


class Command(BaseCommand):
    help = "输出日志链的链头（一行 JSON），交由库外留存；以后用 verify_audit --head 核对。"

    def handle(self, *args, **options):
        if (head := export_head()) is None:
            raise CommandError("还没有封存过任何日志。先运行 manage.py seal_audit。")
        self.stdout.write(head.line())
