"""Notices by mail, through whatever `EMAIL_BACKEND` is set: the console, unless an SMTP server is named."""

from dataclasses import dataclass
from smtplib import SMTPException

from django.core.mail import EmailMessage

from tenants.models import User
from tenants.notices.seam import Notice, Undelivered


@dataclass(frozen=True, slots=True)
class Mail:
    def address_of(self, user: User) -> str:
        return user.email

    def deliver(self, *, address: str, notice: Notice) -> None:
        headers = {"Message-ID": f"<{notice.number}@happyhome.invalid>", "Auto-Submitted": "auto-generated"}
        try:
            EmailMessage(notice.title, notice.body, to=[address], headers=headers).send()
        except (SMTPException, OSError) as error:
            raise Undelivered(f"mail: {error}") from error
