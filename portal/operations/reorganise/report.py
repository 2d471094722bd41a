"""The effects of a re-organisation in words, as the command prints them."""

from collections import Counter
from collections.abc import Iterator
from unicodedata import east_asian_width

from django.apps import apps

from portal.operations.reorganise.perform import Effects
from tenants.concordance import LEVELS, Kind

KINDS = {
    Kind.SAME: "不变",
    Kind.RECODE: "改代码",
    Kind.RENAME: "改名",
    Kind.MERGE: "并入",
    Kind.SPLIT: "拆分",
    Kind.CLOSE: "撤销",
    Kind.OPEN: "新设",
}


def report(effects: Effects) -> Iterator[str]:
    plan = effects.plan
    yield f"对照表 {plan.concordance.name},{plan.concordance.effective_on} 起生效"
    yield f"依据:{plan.concordance.source}"
    yield ""
    yield "区划"
    by_kind = Counter((line.kind, line.level) for line in plan.concordance.lines)
    for kind in Kind:
        parts = [f"{LEVELS[level]} {by_kind[kind, level]}" for level in LEVELS if by_kind[kind, level]]
        if parts:
            yield f"  {KINDS[kind]}:{'、'.join(parts)}"
    yield f"  终止 {len(plan.ended)} 个,新立 {len(plan.opened)} 个;不再使用的代码 {len(plan.gone)} 个"
    yield from _undecided(effects) if plan.undecided else _effects(effects)


def _undecided(effects: Effects) -> Iterator[str]:
    yield ""
    yield f"还有 {len(effects.plan.undecided)} 件事没有定,不能执行:"
    for reason in effects.plan.undecided:
        yield f"  - {reason}"


def _effects(effects: Effects) -> Iterator[str]:
    names = {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}
    yield ""
    yield _row("在用的数据(有关各区)", "改编前", "改编后", "改到新代码")
    for table, (before, after) in effects.counts.items():
        if table in effects.kept or not (before or after):
            continue
        moved = effects.moved.get(table)
        yield _row(f"  {names[table]}", str(before), str(after), "随所属" if moved is None else str(moved))
    yield ""
    yield _row("历史(一字不动)", "改编前", "改编后", "在旧代码下")
    for table, number in effects.kept.items():
        before, after = effects.counts.get(table, ("", ""))
        if number or before:
            yield _row(f"  {names[table]}", str(before or "—"), str(after or "—"), str(number))
    yield ""
    yield f"覆盖社区:到期 {effects.coverage['ended']} 条,按新代码续上 {effects.coverage['added']} 条"
    yield f"接口令牌:{effects.tokens} 个随持有人的任职改到新代码"
    yield from _renamed(effects)
    if effects.appointments_ended:
        yield f"没有承接区划、任职随之终止 {len(effects.appointments_ended)} 人:{'、'.join(effects.appointments_ended)}"


def _renamed(effects: Effects) -> Iterator[str]:
    yield f"重名的合伙人:{len(effects.partners_renamed)} 家"
    for old, new, same in effects.partners_renamed:
        yield f"  - {old} → {new}{'(统一社会信用代码相同,请核对后合并)' if same else ''}"
    if effects.partners_added:
        yield f"合伙人留在原处、协议和项目随设施改到别的区或街道,在那里也登记:{len(effects.partners_added)} 家"
        yield from (f"  - {name}" for name in effects.partners_added)
    if effects.vouchers_renamed:
        yield f"重号的到账凭证:{len(effects.vouchers_renamed)} 张"
        yield from (f"  - {old} → {new}" for old, new in effects.vouchers_renamed)
    if effects.homes_renamed:
        yield f"重名的残疾人之家:{len(effects.homes_renamed)} 个"
        yield from (f"  - {old} → {new}" for old, new in effects.homes_renamed)
    if effects.rounds_apart:
        yield f"并入的年度抽检:{effects.rounds_apart} 次,名称后加“(原……)”,与新区自己的分开办"


def _row(name: str, *numbers: str) -> str:
    return _padded(name, 30, left=True) + "".join(_padded(number, 12) for number in numbers)


def _padded(text: str, width: int, *, left: bool = False) -> str:
    """Chinese characters take two columns of a terminal."""
    space = " " * max(width - sum(2 if east_asian_width(c) in "WF" else 1 for c in text), 0)
    return text + space if left else space + text
