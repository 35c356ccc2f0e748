"""Atrio's own settings, and one more address: the control that pages are compared with."""

from atrio.config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
