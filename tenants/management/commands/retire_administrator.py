"""The counterpart of `invite_administrator`: where separation is strict, nobody on the pages may disable one of the three."""

from django.core.management.base import BaseCommand, CommandError

from tenants.models import User
from tenants.operations.accounts import retire


class Command(BaseCommand):
    help = "停用一位管理员的账号：登录和令牌马上失效，理由写进操作日志。"

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("reason")

    def handle(self, *args, username, reason, **options):
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有在用的账号 {username}。")
        if len(reason.strip()) < 4:
            raise CommandError("理由至少写 4 个字。")
        retire(user=user, reason=reason.strip())
        self.stdout.write(f"{user.display_name} 的账号已停用。")
