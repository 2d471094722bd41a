"""Writes: partners."""

from django.db import transaction

from partners.models import Partner, PartnerKind
from tenants.models import User
from tenants.operations import record_act


def register_partner(*, name: str, kind: PartnerKind, division_code: int, by: User | None, **described) -> Partner:
    """Register a partner with a district, for all its streets, or with a street for itself (拱墅 三(二)1)."""
    with transaction.atomic():
        partner = Partner.objects.create(name=name, kind=kind, division_code=division_code, **described)
        record_act(
            verb="登记合伙人", by=by, division_code=division_code, subject=name, subject_uuid=partner.uuid,
            details={"kind": str(kind)},
        )  # fmt: skip
    return partner
