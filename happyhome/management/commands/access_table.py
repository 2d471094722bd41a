"""Print who may do what: every route with its methods, permission, the roles that hold it, and its kind of object."""

from django.core.management.base import BaseCommand

from happyhome import access_table


class Command(BaseCommand):
    help = "Print every route with its methods, permission, roles and kind of object, as CSV."

    def add_arguments(self, parser):
        parser.add_argument("--write", action="store_true", help="bring docs/access.csv up to date instead of printing")

    def handle(self, *args, write: bool, **options):
        rows = list(access_table.current())
        if not write:
            access_table.write(rows, self.stdout)
            return
        with access_table.table_file().open("w", encoding="utf-8", newline="") as out:
            access_table.write(rows, out)
        unknown = [row.route for row in rows if access_table.UNDECLARED in (row.kind, row.object)]
        if unknown:
            self.stdout.write(f"Fill in kind, methods and object of: {', '.join(unknown)}")
