from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from standards.coverage import marked_tests, requirements


class Command(BaseCommand):
    help = "List which requirements of docs/requirements.csv have tests and which have none."

    def handle(self, *args, **options):
        root = Path(settings.BASE_DIR)
        listed = requirements(root / "docs" / "requirements.csv")
        tests = marked_tests(root / "tests")
        if unknown := sorted(set(tests) - {each.id for each in listed}):
            raise CommandError(f"Tests name requirements that are not in docs/requirements.csv: {', '.join(unknown)}")
        for each in listed:
            self.stdout.write(f"{tests[each.id]:5}  {each.id:8} {each.module:4} {each.clause or '—'}  {each.text}")
        without = [each.id for each in listed if not tests[each.id]]
        self.stdout.write(
            f"\n{len(listed) - len(without)} of {len(listed)} requirements have tests. Without: {', '.join(without)}"
        )
