"""All settings of Countersign, in one file. docs/architecture.md lists the environment variables."""

import gc
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env, zone_rules
from config.supervisor import SILENCE

gc.disable()
"""Until the apps are ready (scheduler/apps.py). A start makes hundreds of thousands of objects that stay; looking
through them again and again for garbage takes a tenth of the time that every process needs to start."""

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("COUNTERSIGN_VAR", str(BASE_DIR / "var")))

zone_rules.use_newest()

PRODUCT_NAME = "Countersign"
DEBUG = env.flag("DEBUG")
HTTPS = env.flag("HTTPS", default=False)
"""True behind a TLS proxy: secure cookies, HSTS and the redirect. `check --deploy` wants it."""
BASE_URL = env.text("BASE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL]


def _secret(name: str, file: str) -> str:
    """A secret from NAME, NAME_FILE or var/FILE; `script/run` makes those files."""
    value = env.text(name)
    path = VAR_DIR / file
    if not value and path.exists():
        value = path.read_text().strip()
    if not value:
        raise ImproperlyConfigured(f"No {name}: run script/run once, or set {name} or {name}_FILE.")
    return value


SECRET_KEY = _secret("SECRET_KEY", "secret_key")
SEAL_KEYS = _secret("SEAL_KEYS", "seal_keys").replace(",", "\n").split()
"""Fernet keys for tokens at rest, newest first; apart from SECRET_KEY so that either can be changed alone."""

INSTALLED_APPS = [
    "accounts.apps.AccountsConfig",
    "ledger.apps.LedgerConfig",
    "gate.apps.GateConfig",
    "scheduler.apps.SchedulerConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_q",
    "heroicons",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.middleware.SizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.CleanMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.TeamMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SignedOutMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.context.product",
                "scheduler.context.navigation",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    """SQLite in var/ unless DATABASE_URL names another. SQLite: WAL, synchronous FULL, IMMEDIATE transactions
    and a busy timeout of 20 s; with deferred transactions 64 of 120 concurrent writers saw "database is locked"."""
    url = env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
    database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;",
        }
    return database


DATABASES = {"default": _database()}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "countersign_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
"""Rate limits and used one-time codes: every process counts in the same place, and a restart forgets nothing. The
table comes with a migration of accounts. The room is ample: when it is full, counters that still count would go too."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation link went to the address; see accounts/adapter.py
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key,50/1d/key"}
"""Wrong codes of a person's second factor; wrong passwords are django-axes' matter (accounts/adapter.py)."""
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = PRODUCT_NAME
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "accounts.adapter.axes_username"
AXES_LOCKOUT_TEMPLATE = "lockout.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "accounts.adapter.client_ip"
INVITATION_DAYS = env.number("INVITATION_DAYS", 7)

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
_HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _HASHED if env.flag("HASHED_STATIC") else _PLAIN},
}
WHITENOISE_USE_FINDERS = not env.flag("HASHED_STATIC")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
REQUEST_MAX_BYTES = 210_000_000
"""Of one request, refused by its length before it is read: ten images of 20 MB and the words around them."""

Q_BROKER = env.text("Q_BROKER")
"""The address of a Redis server that carries the tasks, redis://host:6379/0; empty: the database carries them."""
Q_CLUSTER = {
    "name": "countersign",
    "broker_class": "scheduler.redis_brokers.BeatingRedis" if Q_BROKER else "scheduler.brokers.BeatingORM",
    "orm": "default",
    "workers": env.number("Q_WORKERS", 2),
    "timeout": 120,
    "retry": 300,
    "max_attempts": 1,
    "ack_failures": True,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.2,
    "catch_up": False,
    "scheduler": False,  # due times are rows and the dispatcher's work (docs/decisions/0003)
    "save_limit": 200,
    "label": "Task queue",
    # publish: as long as a lease (scheduler/sender.py), in which an answer waits for a database that is away
    "ALT_CLUSTERS": {
        "gate": {"workers": 1, "timeout": 120, "retry": 300},
        "publish": {"workers": env.number("Q_WORKERS", 2), "timeout": 290, "retry": 400},
    },
}

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR_DIR / "mail"  # until a mail server is named, messages are kept as files
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10  # seconds; without it a server that accepts and says nothing holds its sender for ever
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "countersign@localhost")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked on this machine, before any proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.flag("BEHIND_PROXY")
"""One proxy of ours stands before the web server: its word on protocol and client address counts."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

ALLOW_LOOPBACK_INSTANCES = env.flag("ALLOW_LOOPBACK_INSTANCES")
"""Lets channels be connected to servers on this machine: for tests and development only."""
SANDBOX_DIR = Path(env.text("SANDBOX_DIR", str(VAR_DIR / "sandbox"))).resolve()
GATE_TOXICITY_ENGINE = env.text("GATE_TOXICITY_ENGINE", "auto")
"""auto: the trained model where one is installed (manage.py toxicity), the embedded screen otherwise."""
GATE_TOXICITY_DIR = Path(env.text("GATE_TOXICITY_DIR", str(VAR_DIR / "toxicity"))).resolve()
GATE_TOXICITY_THREADS = env.number("GATE_TOXICITY_THREADS", 2)
GATE_CHECK_SECONDS = env.number("GATE_CHECK_SECONDS", 30)
LOOK_AT_LINKS = env.flag("LOOK_AT_LINKS", True)
"""Whether the gate visits the links of a post to say where they lead; if not, reviewers are asked to."""
EVIDENCE_DAYS = env.number("EVIDENCE_DAYS", 365)
"""How long evidence holds where nobody says so: after that it is to be looked at again."""
DISPATCH_SECONDS = float(env.text("DISPATCH_SECONDS", "1"))
METRICS_TOKEN = env.text("METRICS_TOKEN")
"""Who shows it may read /metrics; empty: nobody."""
SILENCE_SECONDS = env.number("SILENCE_SECONDS", SILENCE)
"""A dispatcher or cluster that was silent for so long is not ready, and its supervisor starts it again."""
BEAT_SECONDS = min(5.0, SILENCE_SECONDS / 5)
LEDGER_KEY_FILE = env.text("LEDGER_KEY_PATH", str(VAR_DIR / "ledger_key.pem"))
LEDGER_ORIGIN = env.text("LEDGER_ORIGIN", "countersign.local/log")
LEDGER_OLD_VKEYS = env.words("LEDGER_OLD_VKEYS")
"""Public keys (note vkey format) of signing keys that were replaced: their checkpoints still count."""
LEDGER_CHECKPOINT_DIR = env.text("LEDGER_CHECKPOINT_DIR", str(VAR_DIR / "checkpoints"))
LEDGER_CHECKPOINT_EMAIL = env.text("LEDGER_CHECKPOINT_EMAIL")
LEDGER_CHECKPOINT_URL = env.text("LEDGER_CHECKPOINT_URL")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"invitations": {"()": "accounts.log_filter.HideInvitations"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["invitations"]}
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django-q": {"level": "WARNING"}},  # one line a task says nothing that the rows do not
}
