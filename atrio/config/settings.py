"""All settings, read from the environment; docs/operations.md lists them."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from atrio.config.database import databases, is_embedded
from atrio.config.folders import data_folder

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
DATA = data_folder(os.environ)

SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mails are unique without regard to case, by a constraint
DEBUG = os.environ.get("ATRIO_DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "")
# Of secrets at rest, the newest first; without any it is made from SECRET_KEY.
ENCRYPTION_KEYS = [key for key in os.environ.get("ATRIO_ENCRYPTION_KEYS", "").split(",") if key]
ENCRYPTED_FIELDS = ["core.MailSettings.secret"]  # what `atrio reencrypt` writes anew
BASE_URL = os.environ.get("ATRIO_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = os.environ.get("ATRIO_HOSTS", "localhost,127.0.0.1,[::1]").split(",") + [urlsplit(BASE_URL).hostname]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE = BASE_URL.startswith("https://")
# A trial is of one machine: the database that comes along, under an address that nobody else can open.
AT_HOME = urlsplit(BASE_URL).hostname in ("localhost", "127.0.0.1", "::1")
TRIAL = os.environ.get("ATRIO_TRIAL", "1" if is_embedded(os.environ) and AT_HOME else "0") == "1"
OPEN_PORTALS = os.environ.get("ATRIO_OPEN_PORTALS", "1" if TRIAL else "0") == "1"  # anybody may open a portal

DATABASES = databases(os.environ)
if name := os.environ.get("ATRIO_DATABASE_NAME"):  # tests work in clones
    DATABASES["default"]["NAME"] = name
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "atrio.core",
    "atrio.people",
    "atrio.people.access_requests",
    "atrio.partners",
    "atrio.catalog",
    "atrio.ledger",
    "atrio.receivables.sales_invoices",
    "atrio.purchasing.purchase_orders",
    "atrio.purchasing.dispatch_advices",
    "atrio.purchasing.receipts",
    "atrio.payables.supplier_invoices",
    "atrio.payables.supplier_payments",
    "atrio.erp",
    "atrio.home",
    "atrio.config",
]
# In menu order. What is not here does not exist.
DOCUMENT_TYPES = [
    "atrio.receivables.sales_invoices.doctype.SALES_INVOICES",
    "atrio.purchasing.purchase_orders.doctype.PURCHASE_ORDERS",
    "atrio.purchasing.dispatch_advices.doctype.DISPATCH_ADVICES",
    "atrio.purchasing.receipts.doctype.RECEIPTS",
    "atrio.payables.supplier_invoices.doctype.SUPPLIER_INVOICES",
    "atrio.payables.supplier_payments.doctype.SUPPLIER_PAYMENTS",
    "atrio.ledger.doctype.LEDGER_ENTRIES",
    "atrio.partners.doctype.PARTNERS",
    "atrio.catalog.doctype.PRODUCTS",
    "atrio.people.access_requests.doctype.ACCESS_REQUESTS",
]
# What can be allowed beside documents, in the order of the matrix of roles.
PERMISSIONS = [
    "atrio.people.permissions.OF_PEOPLE",
    "atrio.people.permissions.OF_ROLES",
    "atrio.people.permissions.OF_USAGE",
    "atrio.people.portals.rights.OF_PORTAL",
    "atrio.people.factors.permissions.OF_SIGN_IN",
    "atrio.home.permissions.AUDIT",
    "atrio.home.permissions.OUTBOX",
    "atrio.erp.permissions.API_KEYS",
]
MENU = "atrio.config.menu.menu"
RECIPIENTS = "atrio.people.access.recipients"
KEYS_OF_PEOPLE = "atrio.erp.api.owners"
# Second segments of an address, under a portal's, that nobody need sign in for.
OPEN_PAGES = {"join"}
# Tables of no portal: accounts, sessions, and the machinery of libraries. Every other table needs a policy.
GLOBAL_TABLES = [
    "account",
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
    "factor_lock",
    "mfa_authenticator",
    "door_tries",
    "known_device",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "procrastinate_version",
    "session",
    "shared_cache",
    "single_use_link",
]

MIDDLEWARE = [
    "atrio.config.health.HealthMiddleware",
    "atrio.config.headers.AddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "atrio.config.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "atrio.config.headers.CompressMiddleware",
    "atrio.people.door.browsers.BrowserMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "atrio.erp.api.door.ApiMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "atrio.people.middleware.PortalMiddleware",
]
ROOT_URLCONF = "atrio.config.urls"
WSGI_APPLICATION = "atrio.config.wsgi.application"
# First segments of an address that no portal may take.
RESERVED_SLUGS = {
    "accounts",
    "static",
    "healthz",
    "readyz",
    "metrics",
    "api",
    "language",
    "profile",
    "favicon.ico",
    "robots.txt",
    "new",
    "admin",
    "help",
    "about",
    "login",
    "logout",
    "public",
    "verify",
    "media",
}

TEMPLATES = [
    {
        "NAME": "pages",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": sorted(p for p in PACKAGE.glob("**/templates") if p.is_dir()),
        "OPTIONS": {
            "environment": "atrio.core.templating.environment",
            "autoescape": True,
            "context_processors": ["atrio.core.pages.frame", "atrio.people.frame.frame"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

FORM_RENDERER = "django.forms.renderers.Jinja2"  # as all pages: several times as fast as the other engine
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["atrio.people.door.backend.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "username")},
    },
    {"NAME": "atrio.people.passwords.LengthValidator"},
    {"NAME": "atrio.people.passwords.CommonValidator"},
    {"NAME": "atrio.people.passwords.WordsValidator"},
    {"NAME": "atrio.people.passwords.KindsValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "atrio.people.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "change_password": "atrio.people.door.forms.PasswordForm",
    "login": "atrio.people.door.forms.SignInForm",
    "reauthenticate": "atrio.people.door.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = None
MFA_ADAPTER = "atrio.people.factors.adapter.FactorAdapter"
MFA_FORMS = {
    "authenticate": "atrio.people.factors.forms.CodeForm",
    "reauthenticate": "atrio.people.factors.forms.CodeAgainForm",
    "activate_totp": "atrio.people.factors.forms.ActivateForm",
    "add_webauthn": "atrio.people.factors.forms.AddPasskeyForm",
    "authenticate_webauthn": "atrio.people.factors.forms.PasskeyForm",
    "reauthenticate_webauthn": "atrio.people.factors.forms.PasskeyAgainForm",
    "login_webauthn": "atrio.people.factors.forms.PasskeyAloneForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # half a minute, for clocks that go wrong
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}  # there is nothing to guess; a whole company comes from one address
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
# Identity providers besides public https hosts, as host:port; for tests, and for one inside of the own network.
PROVIDER_HOSTS = {host for host in os.environ.get("ATRIO_PROVIDER_HOSTS", "").split(",") if host}
# Passwords are counted by atrio.people.door.tries; these are left for second factors, in a cache of all processes.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key", "login": None, "change_password": None, "reauthenticate": None}
ACCOUNT_RATE_LIMITS |= {"new_portal": "10/h/ip", "mail_test": "10/10m/user"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}

SESSION_ENGINE = "atrio.people.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 12  # the life of a session, whatever is done in it
SESSION_KEPT_AGE = 60 * 60 * 24 * 30  # of one that was to be kept
SESSION_IDLE_AGE = 60 * int(os.environ.get("ATRIO_SESSION_IDLE", "0"))  # without a sign of its person; 0: no limit
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "atrio.home.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = os.environ.get("ATRIO_BEHIND_PROXY") == "1"
SECURE_SSL_REDIRECT = SECURE and not BEHIND_PROXY
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("pt-br", "Português"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("ATRIO_STATIC", ROOT / "static-built"))
STATICFILES_DIRS = [PACKAGE / "static"]
MEDIA_ROOT = Path(os.environ.get("ATRIO_STORAGE", DATA / "files"))
STORAGES = {
    "default": {"BACKEND": "atrio.config.storage.WholeFiles"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False
FILE_LIMIT = int(os.environ.get("ATRIO_FILE_LIMIT_MB", "10")) * 2**20
LOAD_LIMIT = int(os.environ.get("ATRIO_LOAD_LIMIT_MB", "200")) * 2**20
FILE_SCANNER = os.environ.get("ATRIO_FILE_SCANNER", "")
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

_SENDS = "smtp" if os.environ.get("ATRIO_SMTP_HOST") else "console"
EMAIL_BACKEND = os.environ.get("ATRIO_EMAIL_BACKEND") or f"django.core.mail.backends.{_SENDS}.EmailBackend"
# Whether portals may name mail servers inside our own network.
PRIVATE_SMTP = os.environ.get("ATRIO_PRIVATE_SMTP", "1" if TRIAL else "0") == "1"
EMAIL_FILE_PATH = DATA / "mail"  # where the file backend writes, which a trial uses
EMAIL_HOST = os.environ.get("ATRIO_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("ATRIO_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("ATRIO_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ATRIO_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("ATRIO_SMTP_TLS") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("ATRIO_MAIL_FROM", "no-reply@localhost")

JOB_PATIENCE = float(os.environ.get("ATRIO_JOB_PATIENCE", "30"))  # seconds without a sign of life of its worker
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("ATRIO_LOG_LEVEL", "INFO")},
    "loggers": {"procrastinate": {"level": "WARNING"}},
}
