"""Bring all data under the current keys. Can be stopped and run again at any time."""

import time

from django.core.management.base import BaseCommand

from tenants.operations.personal import rotate_keys
from tenants.operations.second_factor import rewrap_secrets


class Command(BaseCommand):
    help = "把全部数据密钥、行密钥和盲索引换到当前密钥下。可随时中断，再运行即从断处继续。"

    def add_arguments(self, parser):
        parser.add_argument("--new-data-keys", action="store_true", help="先停用各区的数据密钥，换新的")

    def handle(self, *args, **options):
        began = time.monotonic()
        done = rotate_keys(new_data_keys=options["new_data_keys"])
        secrets = rewrap_secrets()
        self.stdout.write(
            f"停用 {done.retired} 把数据密钥；换到当前主密钥 {done.data_keys} 把；换行密钥 {done.rows} 行；"
            f"重算盲索引 {done.indexes} 个；两步验证密钥 {secrets} 个。用时 {time.monotonic() - began:.1f} 秒。"
        )
