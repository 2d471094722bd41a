"""A stand-in for the other side of an outside login: a small web server on this machine, for tests alone."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tenants.sso.zhezhengding import signature

CLIENT, SECRET, CODE = "portal", "geheim", "code-1"


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class StandIn:
    """Speaks OpenID Connect and 浙政钉. A test changes `claims`, `key` or `person` to make it lie."""

    def __init__(self):
        self.key = self.published = new_key()
        self.claims: dict = {}
        self.person: dict = {"accountId": 10086}
        self.challenge, self.nonce, self.algorithm = "", "", "RS256"
        self.codes = {CODE}
        self.notices: list[dict] = []
        self.takes_notices = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def opened_by(self, address: str) -> str:
        """What the person's browser does: remembers the request, and answers the state."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        self.nonce, self.challenge = asked.get("nonce", ""), asked.get("code_challenge", "")
        self.asked = asked
        return asked["state"]

    def identity_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.base, "aud": CLIENT, "sub": "subject-1", "iat": now, "exp": now + 60, "nonce": self.nonce}
        key = "x" * 64 if self.algorithm == "HS256" else None if self.algorithm == "none" else self.key
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "k1"})

    def answer(self, method: str, path: str, values: dict, headers) -> dict | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "jwks_uri": f"{self.base}/keys",
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key()))
            return {"keys": [{**public, "kid": "k1", "use": "sig"}]}
        if path == "/token":
            digest = hashlib.sha256(values.get("code_verifier", "").encode()).digest()
            proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
            if not proven or values.get("client_secret") != SECRET or not self._spent(values):
                return None
            return {"id_token": self.identity_token(), "access_token": "a", "token_type": "Bearer"}
        return self._zhezhengding(method, path, values, headers)

    def _zhezhengding(self, method, path, values, headers) -> dict | None:
        expected = signature(
            SECRET, method, headers["X-Hmac-Auth-Timestamp"], headers["X-Hmac-Auth-Nonce"], path, values
        )
        if headers["X-Hmac-Auth-Signature"] != expected or headers["apiKey"] != CLIENT:
            return None
        if path == "/gettoken.json" and values == {"appkey": CLIENT, "appsecret": SECRET}:
            return self._said({"accessToken": "access-1", "expiresIn": "7200"})
        if path == "/message/workNotification" and self.takes_notices:
            self.notices.append(values)
            return self._said({"msgId": str(len(self.notices))})
        if path == "/rpc/oauth2/getuserinfo_bycode.json" and values["access_token"] == "access-1":
            return self._said(self.person) if self._spent(values) else {"success": True, "content": {"success": False}}
        return None

    def _spent(self, values: dict) -> bool:
        """A code works once."""
        known = values.get("code") in self.codes
        self.codes.discard(values.get("code"))
        return known

    @staticmethod
    def _said(data: dict) -> dict:
        return {"success": True, "content": {"success": True, "responseCode": "0", "data": data}}

    def _handler(self):
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                self._send("GET", parts.path, parse_qs(parts.query))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._send("POST", urlsplit(self.path).path, parse_qs(body))

            def _send(self, method, path, values):
                found = stand_in.answer(method, path, {key: value[0] for key, value in values.items()}, self.headers)
                content = json.dumps(found or {"error": "refused"}).encode()
                self.send_response(200 if found else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args):
                pass

        return Handler
