"""The sheets 合伙人登记 and 合伙人证照: who partners are, whom to reach, and what licences they hold (拱墅 三(二)1).

A partner is recognised by its credit code, a resident by the citizen's number, and else by the name: the same file twice
changes nothing.
"""

from difflib import get_close_matches

from facilities.imports.check import Check, depend, require_for_new
from facilities.imports.ledger import compare
from facilities.imports.rows import Difference, Row
from facilities.imports.sheets import Choice, Column, Day, Kind, Sheet
from facilities.operations.bulk import create_objects, update_objects
from facilities.rules import name_sort
from partners.imports.books import PartnerBook, by_citizen, partners, written_here
from partners.imports.brands import brands, save_brands
from partners.imports.kinds import Personal, Uscc
from partners.models import Credential, CredentialKind, Partner, PartnerContact, PartnerKind
from partners.models.contact import checked_citizen_id
from tenants.identity import telephone
from tenants.rules import Permission

_VALUES = {"uscc": "uscc", "strengths": "strengths"}
_PERSON = ("contact", "phone", "citizen_id")
KINDS = Choice(values=tuple(PartnerKind.choices), also={"市场": "market", "公益": "public_benefit", "居民": "resident"})


def match(check: Check, rows: list[Row]) -> None:
    book = partners(check)
    citizens = by_citizen(row.values["citizen_id"] for row in rows if row.values.get("citizen_id"))
    contacts = _contacts(check)
    seen: dict[object, Row] = {}
    for row in rows:
        name = row.values.get("name")
        if name is None:
            continue
        row.label = name
        partner = _recognised(book, citizens, row, name)
        _once(row, seen, partner)
        if row.has_error:
            continue
        if partner is None:
            partner = _planned(check, book, row, name)
        else:
            _compared(row, partner)
        brands(check).join(row, partner)
        _contact(row, partner, contacts)
        if row.differences:
            written_here(check, row, "name", partner)


def _recognised(book: PartnerBook, citizens: dict[str, Partner], row: Row, name: str) -> Partner | None:
    """The registered partner that a row is about; a name that does not go with its numbers is an error with the right one."""
    by_name, code, number = book.by_name.get(name), row.values.get("uscc"), row.values.get("citizen_id")
    for told, found in ((code, book.by_uscc.get(code)), (number, citizens.get(number or ""))):
        if told and found is not None and not _is(found, by_name):
            what = "信用代码" if told == code else "身份号码"
            row.error(
                "name",
                f"这个{what}已登记在“{found.name}”名下",
                "是同一家就用登记的名称；登记错了，先改登记",
                found.name,
            )
            return None
    if by_name is not None and code and by_name.uscc and by_name.uscc != code:
        row.error("uscc", f"“{name}”登记的信用代码是 {by_name.uscc}", "不是同一家，就写能分清的名称", by_name.uscc)
    return by_name


def _is(one: Partner, other: Partner | None) -> bool:
    return one is other or (other is not None and one.pk is not None and one.pk == other.pk)


def _once(row: Row, seen: dict[object, Row], partner: Partner | None) -> None:
    keys = [("name", row.values["name"]), ("code", row.values.get("uscc")), ("person", row.values.get("citizen_id"))]
    for what, key in keys:
        if key and (first := seen.setdefault((what, key), row)) is not row:
            column = {"code": "uscc", "person": "citizen_id"}.get(what, "name")
            row.error(column, f"和第 {first.number} 行重复", "同一家只写一行，删去其中一行")
            return


def _planned(check: Check, book: PartnerBook, row: Row, name: str) -> Partner:
    require_for_new(row)
    if close := get_close_matches(name, list(book.by_name), n=1, cutoff=0.85):
        row.warn("name", f"“{name}”和已有的“{close[0]}”很像", "是同一家，就改成已有的名称", close[0])
    kind = row.values.get("kind", "")
    partner = Partner(
        division_code=book.home, name=name, name_sort=name_sort(name, person=kind == PartnerKind.RESIDENT), kind=kind,
        uscc=row.values.get("uscc", ""), strengths=row.values.get("strengths", ""), is_demo=check.is_demo,
    )  # fmt: skip
    row.is_new, row.target = True, partner
    book.add(partner, row)
    return partner


def _compared(row: Row, partner: Partner) -> None:
    row.target, kind = partner, row.values.get("kind")
    if kind and kind != partner.kind:
        label = PartnerKind(partner.kind).label
        row.error("kind", f"“{partner.name}”已登记为{label}", "同一个合伙人只有一个类别", label)
    compare(row, partner, {key: row.values[key] for key in _VALUES if key in row.values}, _VALUES)


def _contacts(check: Check) -> dict[int, list[PartnerContact]]:
    found: dict[int, list[PartnerContact]] = {}
    for one in PartnerContact.objects.within(check.codes).filter(erased_at=None).order_by("pk"):
        found.setdefault(one.partner_id, []).append(one)
    return found


def _contact(row: Row, partner: Partner, contacts: dict[int, list[PartnerContact]]) -> None:
    """Whom to reach. A person who is registered is left as they are; a citizen's number that is missing is added."""
    name, phone, number = (row.values.get(key) for key in _PERSON)
    if number and partner.kind != PartnerKind.RESIDENT:
        row.error("citizen_id", "只有居民合伙人填公民身份号码", "企业和社会组织填统一社会信用代码")
        return
    if name is None and (phone or number):
        row.error("contact", "没有填联系人", "电话和身份号码要有姓名，居民合伙人填本人")
        return
    if name is None:
        return
    same = next((one for one in contacts.get(partner.pk, ()) if one.name and one.name.plain() == name), None)
    if same is None:
        row.also["contact"] = PartnerContact(name=name, phone=phone, citizen_id=number)
        _told(row, "联系人", "新登记")
        return
    if phone and (same.phone is None or same.phone.plain() != phone):
        row.also.setdefault("contact_change", (same, {}))[1]["phone"] = phone
        _told(row, "联系电话", "换了号码")
    if number and same.citizen_id is None:
        row.also.setdefault("contact_change", (same, {}))[1]["citizen_id"] = number
        _told(row, "公民身份号码", "补登记")
    elif number and same.citizen_id is not None and same.citizen_id.plain() != number:
        row.error("citizen_id", "和登记的号码不一样", "核对号码；登记错了，到合伙人页面的“证照与信用”里改")


def _told(row: Row, title: str, words: str) -> None:
    if not row.is_new:
        row.differences.append(Difference(title, "（已加密）", words))


def save(hand, rows: list[Row]) -> None:
    create_objects(Partner, [(row, row.target) for row in rows if row.is_new])
    update_objects(Partner, [(row, row.target, row.assign) for row in rows if row.assign and not row.is_new])
    save_brands(rows)
    people = []
    for row in rows:
        if (person := row.also.get("contact")) is not None:
            person.partner, person.division_code = row.target, row.target.division_code
            people.append((row, person))
    create_objects(PartnerContact, people)
    for row in rows:
        if "contact_change" in row.also:
            _change_person(row, *row.also["contact_change"])


def _change_person(row: Row, person: PartnerContact, values: dict[str, str]) -> None:
    """Sealed values are not put back by an undo: the number that held before is not kept in plain words anywhere."""
    for name, value in values.items():
        setattr(person, name, value)
    person.save()


REGISTRY = Sheet(
    key="partner",
    title="合伙人登记",
    order=66,
    match=match,
    save=save,
    aliases=("合伙人名册", "合伙人库", "主体库"),
    groups=("partners",),
    permission=Permission.MANAGE_PARTNERS,
    undo="新登记的删去；换过的联系电话和补登的身份号码不改回，请在联系人页面改。",
    note="一家一行。企业和社会组织凭信用代码认，居民凭身份号码认，同一家再填不会重复。联系人、电话和身份号码读进来就加密，原表读完即删。",
    columns=(
        Column("name", "名称", Kind(80), "always", "机构全名或本人姓名", "示例社工发展中心", ("合伙人", "合伙人名称", "机构名称"), 28),
        Column("kind", "类别", KINDS, "new", "市场、公益或居民合伙人", "公益合伙人", ("合伙人类别",), 14),
        Column("uscc", "统一社会信用代码", Uscc(), "", "18 位，先把这一列设成文本；居民不填", "", ("信用代码",), 22),
        Column("brand", "品牌或集团", Kind(60), "", "跨街道的品牌由区里登记", "", ("品牌", "集团"), 14),
        Column("strengths", "专长", Kind(200), "", "", "课后照护", ("擅长",), 24),
        Column("contact", "联系人", Personal(), "", "居民合伙人填本人", "示例", ("联系人姓名", "负责人"), 12),
        Column("phone", "联系电话", Personal(check=telephone), "", "11 位手机或 0571 座机", "", ("电话", "手机"), 16),
        Column(
            "citizen_id", "公民身份号码", Personal(check=checked_citizen_id), "", "只有居民合伙人填；加密保存", "",
            ("身份证号", "身份证号码"), 22,
        ),
    ),
)  # fmt: skip


# --- licences ---------------------------------------------------------------------------------------------------------

_PAPER = {"issuer": "issuer", "valid_until": "valid_until", "number": "number"}


def match_papers(check: Check, rows: list[Row]) -> None:
    book = partners(check)
    stored = {
        (one.partner_id, one.kind, one.title, one.issued_on): one
        for one in Credential.objects.within(check.codes).filter(replaced_at=None)
    }
    seen: dict[tuple, Row] = {}
    for row in rows:
        partner = book.find(row)
        if partner is None or {"title", "issued_on", "kind"} - row.values.keys():
            continue
        row.label = f"{partner.name} · {row.values['title']}"
        if not written_here(check, row, "partner", partner):
            continue
        key = (partner.pk or id(partner), row.values["kind"], row.values["title"], row.values["issued_on"])
        if (first := seen.setdefault(key, row)) is not row:
            row.error("title", f"和第 {first.number} 行重复", "同一张证照只写一行，删去其中一行")
            continue
        until, issued = row.values.get("valid_until"), row.values["issued_on"]
        if until and until < issued:
            row.error("valid_until", f"有效期早于发证日 {issued}", "核对两列日期")
            continue
        given = {name: row.values[name] for name in _PAPER if name in row.values}
        if (registered := stored.get(key)) is not None:
            row.target = registered
            compare(row, registered, given, _PAPER)
            continue
        require_for_new(row)
        row.is_new, row.also["partner"] = True, partner
        row.target = Credential(kind=row.values["kind"], title=row.values["title"], issued_on=issued, **given)
        depend(row, book.row_of.get(id(partner)), "partner")


def save_papers(hand, rows: list[Row]) -> None:
    for row in rows:
        if row.is_new:
            row.target.partner = row.also["partner"]
            row.target.division_code = row.also["partner"].division_code
    create_objects(Credential, [(row, row.target) for row in rows if row.is_new])
    update_objects(Credential, [(row, row.target, row.assign) for row in rows if row.assign])


PAPERS = Sheet(
    key="credential",
    title="合伙人证照",
    order=67,
    match=match_papers,
    save=save_papers,
    aliases=("证照", "资质"),
    groups=("partners",),
    permission=Permission.MANAGE_PARTNERS,
    note="一张证照一行，到期前 60 天提醒。外部信用等级要附凭证，不进这张表，在合伙人页面登记。",
    columns=(
        Column("partner", "合伙人", Kind(80), "always", "登记的名称", "示例社工发展中心", ("合伙人名称", "持证单位"), 28),
        Column(
            "kind", "证照类别",
            Choice(values=tuple((v, label) for v, label in CredentialKind.choices if v != CredentialKind.CREDIT),
                   also={"执照": "licence", "许可": "permit", "资格证": "certificate"}),
            "always", "营业执照或登记证书、许可证、资格证书、保险", "许可证", ("证照种类",), 20,
        ),
        Column("title", "证照名称", Kind(60), "always", "", "食品经营许可证", ("证书名称",), 22),
        Column("number", "证照编号", Kind(60), "", "", "示例 JY1330105", ("证书编号",), 22),
        Column("issuer", "发证单位", Kind(80), "new", "", "区市场监管局", ("发证机关",), 20),
        Column("issued_on", "发证日", Day(), "always", "", "2026-01-05", ("发证日期",)),
        Column("valid_until", "有效期至", Day(), "", "最后一天；长期有效就留空", "2031-01-04", ("有效期", "到期日")),
    ),
)  # fmt: skip
