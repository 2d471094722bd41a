"""The sheets 功能 and 综合运营: what a facility offers, and who runs it as a whole."""

from difflib import get_close_matches

from facilities.imports import cells
from facilities.imports.cells import BadCell
from facilities.imports.check import Check, depend
from facilities.imports.ledger import Ledger
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Code, Column, Kind, Sheet
from facilities.imports.specs.place import FACILITY, FIRST, LAST
from facilities.models import Facility, OfferedFunction, Operator
from facilities.queries.functions import function_names


def resolve_item(check: Check, row: Row, column: str) -> int | None:
    """The number of the catalogue item that a cell names, by number or by name; None after noting why not."""
    raw = row.values.get(column)
    if raw is None:
        return None
    names, by_name = _catalogue(check)
    digits, _, rest = raw.removesuffix("号").removesuffix(".").partition(".")
    if digits.isdigit() and not rest.strip("0").isdigit():  # 11, 11.0 and 11.社区食堂, but not 11.5
        if int(digits) in names:
            return int(digits)
        row.error(
            column, f"没有第 {digits} 项功能", "清单编号是 1–33（拱墅 附件）或 101–113（杭州 4+5+X），也可以填功能名称"
        )
        return None
    folded = cells.plain(row.cells[column]).strip('“”"')
    if folded in by_name:
        return by_name[folded]
    guess = next(iter(get_close_matches(folded, list(by_name), n=1, cutoff=0.5)), None)
    inside = next((name for name in by_name if len(folded) > 1 and (folded in name or name in folded)), None)
    row.error(column, f"清单里没有“{raw}”", "填编号或清单原名；清单外的填到“个性化功能”列", guess or inside)
    return None


def _catalogue(check: Check) -> tuple[dict[int, str], dict[str, int]]:
    """Names by number and numbers by name, read once in a check."""
    if "functions" not in check.shelf:
        names = function_names()
        check.shelf["functions"] = names, {cells.plain(name).strip('“”"'): number for number, name in names.items()}
    return check.shelf["functions"]


def resolve_space(check: Check, row: Row, facility: Facility) -> None:
    if "space" not in row.values:
        if "space" in row.cleared:
            row.also["space"] = None
        return
    try:
        space = check.places.space(facility, row.values["space"])
    except BadCell as bad:
        row.bad("space", bad)
        return
    depend(row, check.places.row_of.get(id(space)), "space")
    row.also["space"] = space


def _function_prepare(check: Check, row: Row, facility: Facility) -> None:
    item, local = row.values.get("item"), row.values.get("local_name")
    if item is not None and local is not None:
        row.error("local_name", "清单功能和个性化功能填了两个", "一行只填一个，另一个另起一行")
        return
    if item is None and local is None:
        if not row.is_broken("item"):
            row.error("item", "没有填功能", "填清单编号或名称，或填个性化功能")
        return
    number = resolve_item(check, row, "item")
    if number is not None:
        row.also["item_number"] = number
    resolve_space(check, row, facility)
    if number is not None:
        row.label = f"{number} {_catalogue(check)[0][number]}"


_FUNCTIONS = Ledger(
    model=OfferedFunction,
    identity=("item_number", "local_name"),
    attributes={k: k for k in ("local_name", "evidence", "starts_on", "ends_on")}
    | {"item": "item_number", "space": "space"},
    resolved=frozenset({"item_number", "space"}),
    word="功能",
    prepare=_function_prepare,
    defaults={"item_number": None, "local_name": ""},
    since_opening=True,
)
FUNCTIONS = Sheet(
    key="function",
    title="功能",
    order=50,
    match=_FUNCTIONS.match,
    save=_FUNCTIONS.save,
    aliases=("功能台账", "功能清单"),
    note="一行一项功能。清单里的填编号或原名（拱墅 附件 1–33；杭州 4+5+X 为 101–113），清单外的填“个性化功能”。",
    columns=(
        FACILITY,
        Column(
            "item", "功能编号或名称", Code(), "", "拱墅清单 1–33，杭州 101–113，或清单原名", "11",
            ("功能编号", "功能名称", "功能", "清单编号"), 22,
        ),
        Column("local_name", "个性化功能", Kind(60), "", "清单外的功能（拱墅 三(四)1）", "", ("其他功能",), 20),
        Column("space", "空间", Kind(60), "", "“空间”表里的名称；有两处同名时写“点位/空间”", "一楼社区食堂", ("空间名称", "所在空间"), 20),
        Column("evidence", "佐证", Kind(200), "", "照片、公示或文件的名称", "公示栏照片", ("证明",), 20),
        FIRST,
        LAST,
    ),
)  # fmt: skip

_OPERATORS = Ledger(
    model=Operator,
    identity=("name",),
    attributes={k: k for k in ("kind", "name", "agreement", "starts_on", "ends_on")},
    word="综合运营方",
)
OPERATORS = Sheet(
    key="operator",
    title="综合运营",
    order=60,
    match=_OPERATORS.match,
    save=_OPERATORS.save,
    aliases=("运营", "综合运营方"),
    note="引入专业服务机构，或落实专人负责综合运营（拱墅 三(一)1—2）。协议到期后不再计入。",
    columns=(
        FACILITY,
        Column(
            "kind", "方式",
            Choice(
                values=tuple(Operator._meta.get_field("kind").choices),
                also={"机构": "organisation", "专业机构": "organisation", "第三方机构": "organisation", "专人": "person", "个人": "person"},
            ),
            "new", "专业服务机构或落实专人", "专业服务机构", ("运营方式",), 14,
        ),
        Column("name", "名称", Kind(80), "always", "机构全名，或专人的岗位", "示例社会服务中心", ("运营方", "机构名称", "运营机构"), 26),
        Column("agreement", "协议或任命文件", Kind(120), "", "", "综合运营协议(示例)", ("协议",), 24),
        Column("starts_on", "起始日", FIRST.kind, "new", "协议或任命从哪天起", "2025-01-01", FIRST.aliases),
        LAST,
    ),
)  # fmt: skip
