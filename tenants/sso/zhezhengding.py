"""浙政钉 (the province's DingTalk): a code by scanning, exchanged by signed requests for the account's number.

The shapes are those that public code and integration notes agree on; hosts are settings. The flow has no protection of
its own against a forged return: the state is ours.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from tenants.sso.seam import Refused, Started, ask

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class ZheZhengDing:
    login_base: str  # https://login-pro.ding.zj.gov.cn
    api_base: str  # https://openplatform-pro.ding.zj.gov.cn
    app_key: str
    app_secret: str
    client_id: str = ""  # of the scanning login; the app's key where it has none of its own
    subject_field: str = "accountId"
    address: str = "127.0.0.1"
    mac: str = "00:00:00:00:00:00"

    def begin(self, *, redirect_uri: str) -> Started:
        query = {
            "response_type": "code",
            "client_id": self.client_id or self.app_key,
            "redirect_uri": redirect_uri,
            "scope": "get_user_info",
            "authType": "QRCODE",
        }
        return Started(f"{self.login_base}/oauth2/auth.htm?{urlencode(query)}")

    def subject(self, *, code: str, redirect_uri: str, memory: dict[str, str]) -> str:
        credentials = {"appkey": self.app_key, "appsecret": self.app_secret}
        access = self.asked("GET", "/gettoken.json", credentials).get("accessToken")
        person = self.asked(
            "POST", "/rpc/oauth2/getuserinfo_bycode.json", {"access_token": str(access or ""), "code": code}
        )
        if not (subject := person.get(self.subject_field)):
            raise Refused(f"the answer names no {self.subject_field}")
        return str(subject)

    def asked(self, method: str, path: str, values: Mapping[str, str]) -> dict[str, Any]:
        headers = self.signed(method, path, values)
        if method == "GET":
            answer = ask(f"{self.api_base}{path}?{urlencode(values)}", headers=headers)
        else:
            answer = ask(f"{self.api_base}{path}", form=values, headers=headers)
        content = answer.get("content") or {}
        if not (answer.get("success") and content.get("success") and isinstance(content.get("data"), dict)):
            raise Refused(f"{path}: {content.get('responseCode')} {content.get('responseMessage')}")
        return content["data"]

    def signed(self, method: str, path: str, values: Mapping[str, str]) -> dict[str, str]:
        """The headers of a request: HMAC-SHA-256 over method, instant, nonce, path and the sorted values."""
        now = datetime.now(_SHANGHAI)
        instant, nonce = (
            now.isoformat(timespec="milliseconds"),
            f"{int(now.timestamp())}{secrets.randbelow(10_000):04d}",
        )
        return {
            "X-Hmac-Auth-Timestamp": instant,
            "X-Hmac-Auth-Version": "1.0",
            "X-Hmac-Auth-Nonce": nonce,
            "X-Hmac-Auth-Signature": signature(self.app_secret, method, instant, nonce, path, values),
            "X-Hmac-Auth-IP": self.address,
            "X-Hmac-Auth-MAC": self.mac,
            "apiKey": self.app_key,
        }


def signature(secret: str, method: str, instant: str, nonce: str, path: str, values: Mapping[str, str]) -> str:
    joined = "&".join(f"{key}={value}" for key, value in sorted(values.items()))
    text = "\n".join(filter(None, (method, instant, nonce, path, joined)))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
