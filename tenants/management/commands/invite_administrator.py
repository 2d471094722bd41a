"""The first account of a district: everybody else is invited on the pages."""

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from tenants.models import Division, User
from tenants.operations.accounts import Newcomer, found
from tenants.rules import ROLE_LABELS, Role


class Command(BaseCommand):
    help = "建一个区的第一位管理员，打印只能用一次的邀请链接。"

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("display_name")
        parser.add_argument("division_code", type=int)
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.SYSTEM_ADMIN.value)

    def handle(self, *args, username, display_name, division_code, role, **options):
        if User.objects.filter(username__iexact=username).exists():
            raise CommandError(f"账号 {username} 已经有了。")
        if not Division.objects.in_force().filter(code=division_code).exists():
            raise CommandError(f"没有区划 {division_code}。")
        newcomer = Newcomer(username, display_name, Role(role), division_code, timezone.localdate())
        _, key = found(newcomer=newcomer, now=timezone.now())
        path = reverse("tenants:invitation", args=[key])
        self.stdout.write(f"{display_name}（{ROLE_LABELS[Role(role)]}）请打开：https://<本平台地址>{path}")
