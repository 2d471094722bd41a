"""Add a master key to the key file; the newest one wraps from then on."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tenants.keys import add_key


class Command(BaseCommand):
    help = "在密钥文件里加一把主密钥（最后一把为当前密钥）。加完运行 manage.py rotate_keys。"

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="?", help="名称，默认为今天的日期")
        parser.add_argument("--if-missing", action="store_true", help="文件已在就什么也不做")

    def handle(self, *args, **options):
        path = settings.MASTER_KEYS_FILE
        if settings.MASTER_KEYS:
            raise CommandError("主密钥来自环境变量 HAPPYHOME_MASTER_KEYS，请在那里追加。")
        if options["if_missing"] and path.exists():
            return
        name = options["name"] or f"m{timezone.localdate():%Y%m%d}"
        try:
            add_key(path, name)
        except FileExistsError:
            raise CommandError(f"{path} 里已有名为 {name} 的密钥，请另取名称。") from None
        self.stdout.write(f"{path} 加入了主密钥 {name}。请立即离线备份这个文件：丢了它，个人信息就再也读不出来。")
