"""Writes: files of partners and applications. The file itself was checked and stored before (`facilities.uploads.store`)."""

from facilities.uploads.store import Stored
from partners.models import Application, MoneyFile, Partner, PartnerFile
from partners.operations.steps import note
from tenants.models import User


def keep_file(
    *, stored: Stored, title: str, by: User | None, partner: Partner | None = None, application: Application | None = None
) -> PartnerFile:  # fmt: skip
    """Note a stored file beside the partner or application it belongs to."""
    owner = partner or application
    kept = PartnerFile.objects.create(
        division_code=owner.division_code, partner=partner, application=application, title=title, name=stored.name,
        size=stored.size, sha256=stored.sha256, received_sha256=stored.received_sha256, media_type=stored.kind.media_type,
        uploaded_by=by,
    )  # fmt: skip
    note("上传合伙人材料", owner, by, name=stored.name, sha256=stored.sha256)
    return kept


def held_files() -> list[str]:
    """SHA-256 of every file kept here, for the nightly sweep."""
    of_money = MoneyFile.objects.values_list("sha256", flat=True)
    return list(PartnerFile.objects.values_list("sha256", flat=True).union(of_money))
