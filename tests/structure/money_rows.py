"""Rows of the ledgers of money for the structural tests: values that their constraints ask for, and those of a place."""

from datetime import date, timedelta

from django.apps import apps

# Texts of entries that can only be written once.
WORDS = {
    "FundEntry": ("counterparty", "summary", "voucher"), "ExchangeEntry": ("summary",), "PlanRecord": ("summary", "evidence"),
}  # fmt: skip
VALUES = {
    "Fund": lambda n: {"kind": "street", "ends_on": None},
    "FundEntry": lambda n: {"number": n, "day": _day(n), "kind": "receipt"},
    "FundLine": lambda n: {"account": 1, "amount_fen": 0},  # one line alone sums to nothing only so
    "Payment": lambda n: {"amount_fen": 100},
    "Fundraiser": lambda n: {"held_on": _day(n), "volunteers": None},
    "Subsidy": lambda n: {"applied_fen": 100, "applied_on": _day(n)},
    "ReferenceRent": lambda n: {"rent_fen": 4000, "starts_on": _day(n), "ends_on": _day(n) + timedelta(days=1)},
    "Exchange": lambda n: {"starts_on": _day(n), "ends_on": _day(n) + timedelta(days=400), "settled_on": None},
    "ExchangedSpace": lambda n: {"area_centi": 100, "from_month": _month(n), "to_month": _month(n + 1)},
    "ExchangeEntry": lambda n: {"kind": "service", "day": _day(n), "amount_fen": -1, "minutes": 1, "heads": 1},
    "OperatingFigure": lambda n: {"month": _month(n), "item": "staff", "amount_fen": 100, "heads": None},
    "Price": lambda n: {"fee_nature": "low", "price_fen": 100, "starts_on": _day(n)},
    "MoneyFile": lambda n: {},
    "MoneyRules": lambda n: {
        "starts_on": _day(n),
        "ends_on": _day(n) + timedelta(days=1),
        "tolerance_permille": 50,
        "on_pace_percent": 90,
        "slow_percent": 70,
        "files_needed": 0,
    },
    "Plan": lambda n: {"first_year": 2025, "last_year": 2026, "state": "draft", "revision": 1},
    "PlanRecord": lambda n: {"day": _day(n), "amount": 1},
    "PlanItem": lambda n: {
        "number": n % 30_000,
        "measure": "typed",
        "department": "区民政局",
        "due_month": 12,
        "baseline": 0,
        "targets": [1, 2],
    },
}


def _day(number: int) -> date:
    return date(2020, 1, 1) + timedelta(days=number)


def _month(number: int) -> date:
    return date(2020 + number // 12 % 60, 1 + number % 12, 1)


def of_place(world, code: int, facility) -> None:
    """Every ledger of money of a place, with words in it. Entries are never changed, so theirs are there from the start."""
    from tests.structure.rows import make_row  # it knows the values above

    models = {name: apps.get_model("partners", name) for name in VALUES}
    contact = apps.get_model("partners", "PartnerContact").objects.get(division_code=code)
    space = facility.spaces.order_by("pk").first()
    parents = {
        (type(facility), code): facility,
        (type(contact.partner), code): contact.partner,
        (type(space), code): space,
    }
    for name, model in models.items():
        if name == "FundLine":
            _lines(model, code, parents[models["FundEntry"], code])
            continue
        texts = {f"{name}.{one}": one for one in WORDS.get(name, ())}
        words = {one: f"{world.canaries.word(what, code)}1" for what, one in texts.items()}
        optional = {"facility": facility} if name in {"FundEntry", "Payment"} else {}
        parents[model, code] = make_row(model, code, parents, **optional, **words)


def _lines(model, code: int, entry) -> None:
    """The two lines of an entry, which together sum to 0; so it can be undone."""
    common = {"division_code": code, "entry": entry, "fund": entry.fund}
    model.objects.bulk_create(
        model(**common, account=account, amount_fen=amount) for account, amount in ((1, 100), (3, -100))
    )
