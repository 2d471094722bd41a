"""What the past of re-organisations costs: setting the scope, and reading a log, with 84 former codes and with none.

python -m bench.past_scope        # in one transaction that is rolled back
"""

import os
import time

import django
from django.db import connection, transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")
ROUNDS, ACTS = 1000, 5000
DISTRICT = 330105000000


def _microseconds(work, rounds: int = ROUNDS) -> float:
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(rounds // 5):
            work()
        best = min(best, (time.perf_counter() - started) / (rounds // 5))
    return best * 1e6


def main() -> None:
    django.setup()
    from tenants import scope
    from tenants.models import Act, Division

    plain = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in scope.SETTINGS)
    values = [str(DISTRICT), str(DISTRICT + 10**6), "{330100000000}", "", "", "bench", "", ""]
    with transaction.atomic():
        district, _ = Division.objects.get_or_create(
            code=DISTRICT, valid_to=None, defaults={"name": "拱墅区", "level": "district"}
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tenants_act (at, division_code, verb, subject, reason, details)"
                " SELECT now(), %s + n %% 1000, '登录', '', '', '{}' FROM generate_series(1, %s) n",
                [DISTRICT + 1000, ACTS],
            )
            without = _microseconds(lambda: cursor.execute(plain, values))
            print(f"scope without the past: {without:.0f} µs")
            for codes in ([], [330103003051 + number for number in range(84)]):
                Division.objects.filter(pk=district.pk).update(past_codes=codes)
                setting = _microseconds(lambda: scope.SET_SCOPE.rows(*values, DISTRICT))
                reading = _microseconds(Act.objects.count, 100)
                print(f"{len(codes):>3} former codes: scope {setting:.0f} µs, counting {ACTS} acts {reading:.0f} µs")
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
