"""A small OpenID Connect provider, over real HTTP on this machine, that can be told to lie."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "atrio", "the client's secret"


class Provider:
    """Its codes, its keys, and what it says of whoever signs in."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"kid": "one"}
        self.sign_with: Any = None
        self.algorithm = "RS256"
        self.issuer_said = ""
        self.asked: list[str] = []
        self.codes: dict[str, dict] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self, None)

            def do_POST(self):
                provider.answer(self, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.issuer = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, handler, body: str | None) -> None:
        path = urlsplit(handler.path).path
        self.asked.append(path)
        known = {
            "/.well-known/openid-configuration": self.description,
            "/keys": lambda: {"keys": [json.loads(RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": "one"}]},
            "/token": lambda: self.token(handler, parse_qs(body or "")),
        }
        found = known[path]() if path in known else None
        sent = json.dumps(found).encode()
        handler.send_response(200 if found else 400)
        handler.send_header("Content-Length", str(len(sent)))
        handler.end_headers()
        handler.wfile.write(sent)

    def description(self) -> dict:
        return {
            "issuer": self.issuer_said or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def sign_in(self, url: str, **claims) -> dict[str, str]:
        """What a person's browser brings back from here; `claims` change what is said of the person."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?") and asked["code_challenge_method"] == "S256"
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        said |= {"sub": "s-1", "email": "eva@acme.example", "email_verified": True, "name": "Eva"}
        said = {name: value for name, value in (said | claims).items() if value is not None}
        code = f"code-{len(self.codes)}"
        self.codes[code] = {"claims": said, "asked": asked}
        return {"code": code, "state": asked["state"]}

    def token(self, handler, sent: dict) -> dict | None:
        known = self.codes.pop(sent["code"][0], None)
        both = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+').replace(chr(39), '%27')}".encode()).decode()
        challenge = hashlib.sha256(sent["code_verifier"][0].encode()).digest()
        right = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        if known is None or handler.headers["Authorization"] != f"Basic {both}":
            return None
        if known["asked"]["code_challenge"] != right or known["asked"]["redirect_uri"] != sent["redirect_uri"][0]:
            return None
        key = self.sign_with if self.sign_with is not None else self.key
        token = jwt.encode(known["claims"], key, algorithm=self.algorithm, headers=self.header)
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
