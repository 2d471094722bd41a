"""Work notices of 浙政钉, the province's DingTalk: a signed request with the receivers' account numbers.

The shapes are those that public code and integration notes agree on; hosts are settings. `bizMsgId` is the notice's number, so
the other side knows a repeated one.
"""

import json
from dataclasses import dataclass

from tenants import account_queries
from tenants.models import User
from tenants.notices.seam import Notice, Undelivered
from tenants.sso.seam import Refused
from tenants.sso.zhezhengding import ZheZhengDing


@dataclass(frozen=True, slots=True)
class WorkNotice:
    """provider: the name of the login in `SSO_PROVIDERS` under whose subject people are known there."""

    api_base: str
    app_key: str
    app_secret: str
    tenant_id: str
    provider: str = "zhezhengding"

    def address_of(self, user: User) -> str:
        return account_queries.subject_of(user, self.provider)

    def deliver(self, *, address: str, notice: Notice) -> None:
        other_side = ZheZhengDing(
            login_base="", api_base=self.api_base, app_key=self.app_key, app_secret=self.app_secret
        )
        link = {"title": notice.title, "text": "\n".join(notice.lines), "messageUrl": notice.url, "picUrl": ""}
        try:
            other_side.asked(
                "POST",
                "/message/workNotification",
                {
                    "receiverIds": address,
                    "tenantId": self.tenant_id,
                    "bizMsgId": notice.number,
                    "msg": json.dumps({"msgtype": "link", "link": link}, ensure_ascii=False),
                },
            )
        except Refused as refused:
            raise Undelivered(f"zhezhengding: {refused}") from refused
