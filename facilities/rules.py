"""Pure helpers of the registry: the order of Chinese names. No Django, no clock."""

from functools import cache

from pypinyin import Style, lazy_pinyin, load_phrases_dict

_PLACES = {  # readings that a character-by-character table gets wrong
    "拱宸": [["gǒng"], ["chén"]],
    "长庆": [["cháng"], ["qìng"]],
    "长乐": [["cháng"], ["lè"]],
    "长征桥": [["cháng"], ["zhēng"], ["qiáo"]],
    "朝晖": [["zhāo"], ["huī"]],
    "大浒路": [["dà"], ["hǔ"], ["lù"]],
    "艮山": [["gèn"], ["shān"]],
    "大关": [["dà"], ["guān"]],
    "石桥": [["shí"], ["qiáo"]],
    "皋亭": [["gāo"], ["tíng"]],
}
_SURNAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "朴": "piao", "查": "zha", "盖": "ge", "区": "ou",
    "翟": "zhai", "华": "hua", "任": "ren", "尉": "wei", "纪": "ji", "缪": "miao", "乐": "yue", "盛": "sheng",
}  # fmt: skip


@cache
def _load_places() -> None:
    load_phrases_dict(_PLACES)


def name_sort(name: str, *, person: bool = False) -> str:
    """Toneless pinyin of a name, syllables apart by a blank, for sorting and searching; `person` reads a surname first."""
    _load_places()
    syllables = lazy_pinyin(name, style=Style.NORMAL, errors=lambda other: list(other.lower()))  # type: ignore[arg-type, return-value]
    if person and name[:1] in _SURNAMES:
        syllables[0] = _SURNAMES[name[0]]
    return " ".join(syllable for syllable in syllables if not syllable.isspace())[:240]
