"""Drafts on the server: what a window sent of its form, found again by the same person on the same form."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from tenants.draft_models import Draft
from tenants.models import StoredAnswer, User

MOST_CHARACTERS = 100_000


class DraftTooLong(ValueError):
    """More text than a form can hold."""


def save_draft(
    *,
    user: User,
    division_code: int,
    form: str,
    object_uuid: UUID,
    token: UUID,
    data: dict[str, list[str]],
    base_version: int,
    now: datetime,
) -> bool:
    """Keep the text of one window, in place of what it sent before. False if that form has been saved already."""
    if sum(len(text) for texts in data.values() for text in texts) > MOST_CHARACTERS:
        raise DraftTooLong(form)
    if StoredAnswer.objects.filter(user=user, key=str(token)).exists():
        return False  # an autosave that arrives after the submission would bring a draft of the past
    draft = Draft(
        user=user,
        division_code=division_code,
        form=form,
        object_uuid=object_uuid,
        token=token,
        data=data,
        base_version=base_version,
        updated_at=now,
    )
    Draft.objects.bulk_create(
        [draft],
        update_conflicts=True,
        unique_fields=["user", "token"],
        update_fields=["data", "base_version", "updated_at"],
    )
    return True


def drafts_of(*, user: User, form: str, object_uuid: UUID) -> list[Draft]:
    """Drafts of one form of one object, the latest first."""
    return list(Draft.objects.kept().filter(user=user, form=form, object_uuid=object_uuid))


def forget_draft(*, user: User, token: UUID | None = None, uuid: UUID | None = None) -> None:
    """Drop the draft of a window, or one by its name."""
    wanted = {"token": token} if token else {"uuid": uuid}
    Draft.objects.filter(user=user, **wanted).delete()


def forget_expired(*, now: datetime | None = None) -> int:
    """Drop what nobody went on with for `DRAFT_DAYS`."""
    long_ago = (now or timezone.now()) - timedelta(days=settings.DRAFT_DAYS)
    deleted, _ = Draft.objects.filter(updated_at__lt=long_ago).delete()
    return deleted
