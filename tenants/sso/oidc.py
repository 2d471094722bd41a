"""OpenID Connect: authorization code with PKCE; the identity token is verified with the issuer's published keys."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt

from tenants.sso.seam import Refused, Started, ask

_CLOCKS_MAY_DIFFER_S = 60


@dataclass(frozen=True, slots=True)
class OpenIdConnect:
    issuer: str
    client_id: str
    client_secret: str = ""
    scope: str = "openid"
    algorithms: tuple[str, ...] = ("RS256", "ES256")  # never "none", never a shared secret

    def begin(self, *, redirect_uri: str) -> Started:
        memory = {"nonce": secrets.token_urlsafe(24), "verifier": secrets.token_urlsafe(48)}
        digest = hashlib.sha256(memory["verifier"].encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.scope,
            "nonce": memory["nonce"],
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return Started(f"{self._described()['authorization_endpoint']}?{urlencode(query)}", memory)

    def subject(self, *, code: str, redirect_uri: str, memory: dict[str, str]) -> str:
        described = self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "code_verifier": memory["verifier"],
        }
        if self.client_secret:
            form["client_secret"] = self.client_secret
        token = ask(described["token_endpoint"], form=form).get("id_token")
        claims = self._verified(str(token), ask(described["jwks_uri"]))
        if not secrets.compare_digest(str(claims.get("nonce", "")), memory["nonce"]):
            raise Refused("the nonce is not the one that was sent")
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self.client_id:
            raise Refused("the token was made for another client too")
        return str(claims["sub"])

    def _described(self) -> dict[str, Any]:
        found = ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        wanted = {"authorization_endpoint", "token_endpoint", "jwks_uri"}
        if found.get("issuer") != self.issuer or not wanted <= found.keys():
            raise Refused("the issuer describes somebody else, or too little")
        return found

    def _verified(self, token: str, published: dict[str, Any]) -> dict[str, Any]:
        try:
            name = jwt.get_unverified_header(token).get("kid")
            keys = [key for key in jwt.PyJWKSet.from_dict(published).keys if name is None or key.key_id == name]
            if len(keys) != 1:
                raise Refused("no published key fits the token, or several do")
            return jwt.decode(
                token,
                keys[0].key,
                algorithms=list(self.algorithms),
                audience=self.client_id,
                issuer=self.issuer,
                leeway=_CLOCKS_MAY_DIFFER_S,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise Refused(f"the identity token: {error}") from error
