"""Print the bill of materials, or the licences in short."""

import json
from collections import Counter

from django.core.management.base import BaseCommand

from happyhome.sbom import bill, lock_file, locked


class Command(BaseCommand):
    help = "输出软件物料清单（CycloneDX JSON）；--licences 只列各许可证的包数。"

    def add_arguments(self, parser):
        parser.add_argument("--lock", choices=["base", "dev"], default="base")
        parser.add_argument("--licences", action="store_true")

    def handle(self, *args, **options):
        lock = lock_file(options["lock"])
        if not options["licences"]:
            self.stdout.write(json.dumps(bill(lock), ensure_ascii=False, indent=1))
            return
        for licence, number in Counter(package.licence or "（不详）" for package in locked(lock)).most_common():
            self.stdout.write(f"{number:4}  {licence}")
