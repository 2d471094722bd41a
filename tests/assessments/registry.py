"""Small registries for tests: facilities with whatever ledgers a test needs, in the two demo districts' code ranges."""

from datetime import date
from decimal import Decimal

from facilities.models import Coverage, Facility, FacilityState, OfferedFunction, Operator, Site, Space
from partners.models import CharityProject, CharityReceipt, Partner, ResidentProject

GONGSHU, SHANGCHENG = 330105000000, 330102000000
COMMUNITY = 330105001051
OPENED = date(2025, 1, 1)
DAY = date(2026, 9, 30)


def facility(number=1, *, code=COMMUNITY, construction="integrated", lifecycle="open", opened=OPENED, **fields):
    """A facility with one state since 2025 and no ledgers at all."""
    made = Facility.objects.create(
        division_code=code, code=f"{code // 1000}-{number:04d}", name=f"第{number}幸福家园", **fields
    )
    own(FacilityState, made, construction_type=construction, lifecycle=lifecycle, starts_on=opened)
    return made


def own(model, of, **fields):
    """A ledger row of a facility, in force since 2025 unless said otherwise."""
    if "starts_on" in {field.name for field in model._meta.fields}:
        fields.setdefault("starts_on", OPENED)
    return model.objects.create(facility=of, division_code=of.division_code, **fields)


def site(of, area="1200", document="不动产权第 1 号", **fields):
    return own(
        Site,
        of,
        name=fields.pop("name", "主点位"),
        floor_area_m2=area and Decimal(area),
        area_document=document,
        **fields,
    )


def space(of, at, name, usable="100", used_by="public", **fields):
    return own(Space, of, site=at, name=name, usable_area_m2=usable and Decimal(usable), used_by=used_by, **fields)


def functions(of, items=(), local=()):
    for number in items:
        own(OfferedFunction, of, item_number=number)
    for name in local:
        own(OfferedFunction, of, local_name=name)


def operator(of, **fields):
    return own(Operator, of, kind="organisation", name="运河社工事务所", **fields)


def partner(of, name="邻里公司", kind="market"):
    district = of.division_code // 10**6 * 10**6
    return Partner.objects.get_or_create(division_code=district, name=name, defaults={"kind": kind})[0]


def project(of, name, run_by="market", with_partner=True, **fields):
    made_by = partner(of, fields.pop("partner", f"{name}的公司")) if with_partner else None
    return own(ResidentProject, of, name=name, run_by=run_by, partner=made_by, **fields)


def charity(of, name="邻里互助", year=2026, contract=6_000_000, received=(), **fields):
    made = own(CharityProject, of, year=year, name=name, kind="charity", contract_fen=contract, **fields)
    for number, (day, amount) in enumerate(received):
        own(CharityReceipt, of, project=made, received_on=day, amount_fen=amount, voucher=f"{of.pk}-{made.pk}-{number}")
    return made


def coverage(of, *communities):
    for code in communities:
        own(Coverage, of, community_code=code)


def demonstration(number=1, **fields):
    """A facility that meets every gate of 示范型 and every duty beside it."""
    made = facility(number, **fields)
    at = site(made)
    for index, used_by in enumerate(("market", "social", "public")):
        space(made, at, f"{index + 1} 号室", "300", used_by, is_multifunction=index < 2, is_open_24h=index == 0)
    functions(made, items=(1, 2, 7, 11, 13, 18, 22, 24, 26), local=("新市民融入",))
    operator(made)
    for index in range(10):
        project(
            made,
            f"项目 {index + 1}",
            run_by="social" if index % 2 else "market",
            serves_elders=index == 0,
            serves_children=index == 1,
        )
    project(made, "自营阅览", run_by="public", with_partner=False)
    for index in range(3):
        charity(made, f"创投 {index + 1}", received=[(date(2026, 3, 1), 6_000_000)])
    return made
