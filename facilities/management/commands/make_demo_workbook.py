from pathlib import Path

from django.core.management.base import BaseCommand

from facilities.demo.workbook import FOLDER, write_all


class Command(BaseCommand):
    help = "Write the fictional workbooks of the demonstration (fixtures/demo/). The same code gives the same bytes."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)

    def handle(self, *, folder, **options):
        for path in write_all(folder):
            self.stdout.write(f"{path} {path.stat().st_size} bytes")
