"""Cells about a person: sealed before they are staged, opened for the check alone, shown to nobody.

The sealed text is bound to its import: copied into another one it does not open. The uploaded file itself is removed once it
has been read, because it says the same in plain words.
"""

from base64 import b64decode, b64encode
from uuid import UUID

from facilities.imports.sheets import Sheet
from facilities.models import ImportBatch
from tenants import crypto, vault

MASK = "（已加密）"
_LABEL = "facilities.importrow.cells"
_MARK = "sealed:"


class Sealer:
    """Seals and opens the secret cells of one import under a key of its own, which the sealed texts carry, wrapped."""

    def __init__(self, batch: ImportBatch):
        self.subject: UUID = batch.uuid
        self.division_code = batch.division_code
        self._key: bytes | None = None
        self._wrapped = b""
        self._opened: dict[bytes, bytes] = {}

    def sealed(self, sheet: Sheet, cells: dict[str, str]) -> dict[str, str]:
        return {
            key: self._seal(text) if _is_secret(sheet, key) and text.strip() else text for key, text in cells.items()
        }

    def opened(self, sheet: Sheet, cells: dict[str, str]) -> dict[str, str]:
        return {key: self._open(text) if _is_secret(sheet, key) else text for key, text in cells.items()}

    def _seal(self, text: str) -> str:
        if self._key is None:
            self._key = crypto.new_key()
            self._wrapped = vault.wrap_row_key(self._key, subject=self.subject, division_code=self.division_code)
        value = vault.seal_value(text, key=self._key, subject=self.subject, label=_LABEL)
        return _MARK + ".".join(b64encode(part).decode() for part in (self._wrapped, value))

    def _open(self, text: str) -> str:
        if not text.startswith(_MARK):
            return text
        wrapped, value = (b64decode(part) for part in text.removeprefix(_MARK).split("."))
        if wrapped not in self._opened:
            self._opened[wrapped] = vault.unwrap_row_key(wrapped, subject=self.subject)
        return vault.open_value(value, key=self._opened[wrapped], subject=self.subject, label=_LABEL)


def _is_secret(sheet: Sheet, key: str) -> bool:
    return key in sheet.by_key and sheet.by_key[key].kind.is_secret


def shown(sheet: Sheet, key: str, text: str) -> str:
    """What a page or file shows of a cell."""
    return MASK if text and _is_secret(sheet, key) else text
