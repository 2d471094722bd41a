"""From the text of a document to numbered clauses: 三(一)1, 附件 二3, 一 第3段. Pure; the text is kept as it stands."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CHAPTER = re.compile(r"([一二三四五六七八九十]+)、")
_SECTION = re.compile(r"\(([一二三四五六七八九十]+)\)")
_ITEM = re.compile(r"(\d+)\.")
_ROW = re.compile(r"(\d+) \|")
_LONGEST_HEADING = 30


class ClauseError(ValueError):
    """A line of a document has no place: it is not numbered, stands under no heading and has no name given to it."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of a document with its number, and the number of the heading it stands under (empty at the top)."""

    number: str
    parent: str
    is_heading: bool
    text: str


def paragraphs(text: str, named: Sequence[tuple[str, str]]) -> list[Paragraph]:
    """Number every line of a document.

    named: (beginning, number) of the lines that carry no number of their own (title, opening, signature), in order.
    A line 附件 opens the annex, whose numbers begin anew. Raises ClauseError for a line without a place.
    """
    reader = _Reader(named)
    for line in text.splitlines():
        reader.read(line)
    if reader.named:
        raise ClauseError(f"No line begins with “{reader.named[0][0]}”")
    return reader.found


class _Reader:
    """Keeps the place in the document while lines are read: annex, chapter, section, and paragraphs so far."""

    def __init__(self, named: Iterable[tuple[str, str]]):
        self.named = list(named)
        self.found: list[Paragraph] = []
        self.annex = self.chapter = self.section = ""
        self.loose = 0  # paragraphs without a number under the present heading

    def read(self, line: str) -> None:
        if self.named and line.startswith(self.named[0][0]):
            self._add(self.named.pop(0)[1], "", line)
        elif line == "附件":
            self.annex, self.chapter, self.section = "附件", "", ""
            self._add("附件", "", line)
        elif match := _CHAPTER.match(line):
            self.chapter, self.section, self.loose = match[1], "", 0
            self._add(self._place(), self.annex, line)
        elif match := _SECTION.match(line):
            parent = self._chapter_place()
            self.section, self.loose = f"({match[1]})", 0
            self._add(self._place(), parent, line)
        elif match := _ITEM.match(line):
            self._add(self._place() + match[1], self._place(), line)
        elif match := _ROW.match(line):
            self._add(f"{self.annex} {match[1]}".strip(), self.annex, line)
        else:
            self._loose(line)

    def _loose(self, line: str) -> None:
        if not self.chapter:
            raise ClauseError(f"This line has no number and no name: “{line[:30]}”")
        self.loose += 1
        self._add(f"{self._place()} 第{self.loose}段", self._place(), line)

    def _chapter_place(self) -> str:
        return f"{self.annex} {self.chapter}".strip()

    def _place(self) -> str:
        return self._chapter_place() + self.section

    def _add(self, number: str, parent: str, text: str) -> None:
        is_heading = bool(_CHAPTER.match(text) or _SECTION.match(text) or text == "附件") and (
            len(text) <= _LONGEST_HEADING
        )
        self.found.append(Paragraph(number, parent, is_heading, text))
