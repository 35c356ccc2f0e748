"""A passkey without a device: what a browser would say, made by hand."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def said(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class SoftKey:
    def __init__(self, origin: str = "http://localhost:8000", rp: str = "localhost"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.origin, self.rp, self.flags = os.urandom(32), origin, rp, PRESENT | VERIFIED

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, flags: int, more: bytes = b"") -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + bytes(4) + more

    def create(self, challenge: str) -> dict:
        client = self._client("webauthn.create", challenge)
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        more = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | ATTESTED, more)}
        parts = {"clientDataJSON": said(client), "attestationObject": said(cbor.encode(attested))}
        return self._whole(parts) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def get(self, challenge: str, user_id: int) -> dict:
        client, data = self._client("webauthn.get", challenge), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": said(client), "authenticatorData": said(data), "signature": said(signature)}
        return self._whole(parts | {"userHandle": said(str(user_id).encode())})

    def _whole(self, parts: dict) -> dict:
        key = {"id": said(self.id), "rawId": said(self.id), "type": "public-key", "response": parts}
        return key | {"clientExtensionResults": {}, "authenticatorAttachment": "platform"}
