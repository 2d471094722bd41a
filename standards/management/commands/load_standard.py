from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from standards.operations import LoadRefused, load


class Command(BaseCommand):
    help = (
        "Publish documents and standards from TOML files (all of fixtures/ without arguments). Loading twice is safe."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args, files, **options):
        try:
            results = load(files)
        except LoadRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for result in results:
            state = "published" if result.is_new else "unchanged"
            self.stdout.write(f"{state:10} {result.name}" + (f" (closes {result.closed})" if result.closed else ""))
