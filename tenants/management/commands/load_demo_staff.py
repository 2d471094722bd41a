from django.core.management.base import BaseCommand, CommandError

from tenants.operations import demo_staff


class Command(BaseCommand):
    help = "Create the fictional accounts of the demonstration (HAPPYHOME_DEMO must be on)."

    def handle(self, *args, **options):
        try:
            accounts = demo_staff()
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        for account in accounts:
            self.stdout.write(f"{account.username}  {account.password}  {account.role_label}  {account.scope_name}")
