"""The sheet 项目与合伙人: projects run in facilities, and the partner behind each."""

from difflib import get_close_matches

from facilities.imports.check import Check, depend
from facilities.imports.ledger import Ledger
from facilities.imports.rows import Difference, Row
from facilities.imports.sheets import Choice, Code, Column, Kind, Sheet, YesNo
from facilities.imports.specs.offer import resolve_item, resolve_space
from facilities.imports.specs.place import FACILITY, FIRST, LAST
from facilities.models import Facility
from facilities.operations.bulk import create_objects, update_objects
from facilities.rules import name_sort
from partners.imports.books import PartnerBook, partners
from partners.imports.brands import brands, save_brands
from partners.imports.kinds import Uscc
from partners.models import FeeNature, Partner, PartnerKind, ResidentProject, RunBy

_KIND_OF = {
    RunBy.MARKET: PartnerKind.MARKET,
    RunBy.SOCIAL: PartnerKind.PUBLIC_BENEFIT,
    RunBy.RESIDENT: PartnerKind.RESIDENT,
}


def _find_or_plan(book: PartnerBook, row: Row, name: str) -> Partner | None:
    partner = book.by_name.get(name)
    run_by = row.values.get("run_by")
    kind = row.values.get("partner_kind") or _KIND_OF.get(run_by)
    if partner is not None:
        depend(row, book.row_of.get(id(partner)), "partner")
        _compare(row, partner)
        return partner
    if kind is None:
        if row.is_broken("run_by"):
            return None
        row.error("partner_kind", f"合伙人“{name}”是新的，没有填类别", "可填：" + "、".join(PartnerKind.labels))
        return None
    if close := get_close_matches(name, list(book.by_name), n=1, cutoff=0.85):
        row.warn("partner", f"“{name}”和已有的“{close[0]}”很像", "是同一家，就改成已有的名称", close[0])
    partner = Partner(
        division_code=book.home,
        name=name,
        name_sort=name_sort(name, person=kind == PartnerKind.RESIDENT),
        kind=kind,
        uscc=row.values.get("uscc", ""),
        is_demo=book.is_demo,
    )
    book.by_name[name] = partner
    return partner


def _compare(row: Row, partner: Partner) -> None:
    kind = row.values.get("partner_kind")
    if kind and kind != partner.kind:
        row.error(
            "partner_kind",
            f"合伙人“{partner.name}”已登记为{PartnerKind(partner.kind).label}",
            "同一个合伙人只有一个类别",
            PartnerKind(partner.kind).label,
        )
    if partner.pk is None:
        return
    new = row.values.get("uscc")
    if new and new != partner.uscc and new != getattr(partner, "planned_uscc", None):
        partner.planned_uscc = new
        row.also.setdefault("partner_changes", []).append((partner, {"uscc": new}))
        row.differences.append(Difference(f"合伙人{row.sheet.by_key['uscc'].title}", partner.uscc or "空", new))


def _prepare(check: Check, row: Row, facility: Facility) -> None:
    resolve_space(check, row, facility)
    if "item" in row.values and (number := resolve_item(check, row, "item")) is not None:
        row.also["item_number"] = number
    if name := row.values.get("partner"):
        partner = _find_or_plan(partners(check), row, name)
        if partner is not None:
            row.also["partner"] = partner
            brands(check).join(row, partner)
            run_by = row.values.get("run_by")
            if run_by in _KIND_OF and _KIND_OF[run_by] != partner.kind:
                row.warn(
                    "run_by",
                    f"运营主体是{RunBy(run_by).label}，合伙人却是{PartnerKind(partner.kind).label}",
                    "占比只计市场主体和社会组织，请核对",
                )


def _finish(check: Check, row: Row) -> None:
    if row.is_new and row.values.get("run_by") in (RunBy.MARKET, RunBy.SOCIAL) and not row.given("partner"):
        row.warn(
            "partner", "市场主体或社会组织运营的项目没有填合伙人", "填上机构名称，才能统计去重的主体数（读法 G-3）"
        )


_PROJECTS = Ledger(
    model=ResidentProject,
    identity=("name",),
    attributes={
        k: k for k in ("name", "run_by", "fee_nature", "serves_elders", "serves_children", "starts_on", "ends_on")
    }
    | {"partner": "partner", "space": "space", "item": "item_number"},
    resolved=frozenset({"partner", "space", "item_number"}),
    word="项目",
    prepare=_prepare,
    finish=_finish,
)


def _save(check: Check, rows: list[Row]) -> None:
    new: dict[int, tuple[Row, Partner]] = {}
    for row in rows:
        partner = row.also.get("partner")
        if partner is not None and partner.pk is None:
            new.setdefault(id(partner), (row, partner))
    create_objects(Partner, list(new.values()))
    update_objects(Partner, [(row, *change) for row in rows for change in row.also.get("partner_changes", [])])
    save_brands(rows)
    _PROJECTS.save(check, rows)


PROJECTS = Sheet(
    key="project",
    title="项目与合伙人",
    order=70,
    groups=("facilities", "partners"),
    match=_PROJECTS.match,
    save=_save,
    aliases=("项目", "入驻项目", "入驻运营项目", "入驻项目台账", "合伙人"),
    note="一行一个入驻运营项目。占比=市场主体和社会组织运营的项目数 ÷ 全部运营项目数（拱墅 三(一)1—2，读法 G-2），由系统算。",
    columns=(
        FACILITY,
        Column("name", "项目名称", Kind(60), "always", "", "四点半课堂", ("项目", "入驻项目"), 22),
        Column(
            "run_by", "运营主体类型",
            Choice(
                values=tuple(RunBy.choices),
                also={"企业": "market", "公司": "market", "市场": "market", "社会": "social", "社工": "social", "民非": "social",
                      "公办": "public", "自营": "public", "政府": "public", "志愿者": "resident", "个人": "resident"},
            ),
            "new", "市场主体、社会组织、居民、自营或公办", "社会组织", ("主体类型", "运营主体"), 14,
        ),
        Column("partner", "合伙人名称", Kind(80), "", "运营机构或个人的全名", "示例社工发展中心", ("合伙人", "机构名称", "运营机构"), 26),
        Column(
            "partner_kind", "合伙人类别",
            Choice(
                values=tuple(PartnerKind.choices),
                also={"市场": "market", "公益": "public_benefit", "居民": "resident"},
            ),
            "", "不填按运营主体类型", "公益合伙人", (), 14,
        ),
        Column("uscc", "统一社会信用代码", Uscc(), "", "18 位，先把这一列设成文本", "", ("信用代码",), 22),
        Column("brand", "品牌", Kind(60), "", "", "", (), 12),
        Column("item", "功能编号或名称", Code(), "", "对应的清单功能", "10", ("功能编号", "功能名称", "对应功能"), 18),
        Column("space", "空间", Kind(60), "", "“空间”表里的名称", "", ("空间名称", "使用空间"), 18),
        Column(
            "fee_nature", "收费性质",
            Choice(values=tuple(FeeNature.choices), also={"公益": "free", "低收费": "low", "收费": "market", "市场": "market"}),
            "", "免费、低偿或市场价", "低偿",
        ),
        Column("serves_elders", "涉老", YesNo(), "", "服务老年人填是", "否", ("服务老人",), 8),
        Column("serves_children", "涉小", YesNo(), "", "服务儿童填是", "是", ("服务儿童",), 8),
        Column("starts_on", "起始日", FIRST.kind, "new", "从哪天开始入驻", "2026-03-01", ("协议起", *FIRST.aliases)),
        Column("ends_on", "结束日", LAST.kind, "", "最后一天；还在运营就留空", "", ("协议止", *LAST.aliases)),
    ),
)  # fmt: skip
