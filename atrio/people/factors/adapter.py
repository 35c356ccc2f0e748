"""How our second factors differ from django-allauth's own: sealed secrets, our own picture, one fixed host."""

import io
from urllib.parse import urlsplit

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from atrio.core import encryption


class FactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Atrio"

    def build_totp_svg(self, url: str) -> str:
        found = io.BytesIO()
        segno.make(url, error="m").save(found, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
        return found.getvalue().decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the address of this site, never to a host that a request names."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": "Atrio"}
