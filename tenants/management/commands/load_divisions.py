from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tenants.operations import DivisionFileError, load_divisions


class Command(BaseCommand):
    help = "Load administrative divisions and their successions from CSV. Running it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=settings.BASE_DIR / "fixtures" / "divisions")

    def handle(self, *, folder, **options):
        try:
            report = load_divisions(folder=folder)
        except FileNotFoundError as error:
            raise CommandError(f"{error.filename} is missing.") from error
        except DivisionFileError as error:
            raise CommandError(f"Nothing was loaded. Mend these rows and run it again:\n{error}") from error
        self.stdout.write(
            f"Divisions: {report.new} new, {report.changed} changed, {report.unchanged} unchanged; "
            f"{report.new_successions} new successions."
        )
