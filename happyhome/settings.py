"""Settings. What differs between machines comes from the environment; `./run` sets it for a local start."""

import json
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF

from happyhome import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.text("HAPPYHOME_STATE_DIR", str(BASE_DIR / ".local")))

DEBUG = env.flag("DJANGO_DEBUG")
SECRET_KEY = env.text("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.words("DJANGO_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]")
CSRF_TRUSTED_ORIGINS = env.words("DJANGO_CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "happyhome",
    "portal",
    "assessments",
    "engagement",
    "partners",
    "facilities",
    "standards",
    "tenants",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "lucide",
    "rest_framework",
    "axes",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "template_partials",
]

MIDDLEWARE = [
    "happyhome.request_id.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # outside of what replaces answers
    "tenants.api.errors.ApiErrors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.session_limits.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "happyhome.urls"
WSGI_APPLICATION = "happyhome.wsgi.application"
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
                "portal.context.shell",
            ],
            "builtins": ["template_partials.templatetags.partials", "portal.templatetags.quick"],
        },
    },
]

# The portal connects as a role that row level security binds; only `manage.py migrate` connects as the owner of the tables.
DATABASE_OWNER = env.database(env.text("DATABASE_OWNER_URL", "") or env.text("DATABASE_URL"))
DATABASES = {"default": DATABASE_OWNER if env.flag("HAPPYHOME_AS_OWNER") else env.database(env.text("DATABASE_URL"))}
# Backups read past row level security: an administrator of the database, by default `postgres` beside the owner.
DATABASE_ADMIN = (
    env.database(env.text("DATABASE_ADMIN_URL"))
    if env.given("DATABASE_ADMIN_URL")
    else {**DATABASE_OWNER, "USER": "postgres", "PASSWORD": ""}
)
DATABASES["default"].update(CONN_HEALTH_CHECKS=True, CONN_MAX_AGE=60)
_pool_size = int(env.text("DATABASE_POOL_SIZE", "0"))
if _pool_size:  # set for the web process, whose threads share these connections
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": _pool_size, "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "tenants.backends.StaffBackend"]
LOGIN_URL = "tenants:login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "tenants:login"
# Passwords as a 等保 review asks for them; docs/decisions/passwords.md says where this departs from OWASP ASVS.
PASSWORD_MIN_LENGTH = int(env.text("HAPPYHOME_PASSWORD_MIN_LENGTH", "10"))
PASSWORD_MIN_CLASSES = int(env.text("HAPPYHOME_PASSWORD_MIN_CLASSES", "3"))  # of: lower, upper, digits, other
PASSWORD_MAX_AGE_DAYS = int(env.text("HAPPYHOME_PASSWORD_MAX_AGE_DAYS", "90"))
PASSWORD_HISTORY = int(env.text("HAPPYHOME_PASSWORD_HISTORY", "5"))  # the last so many are refused
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tenants.passwords.LengthRule"},
    {"NAME": "tenants.passwords.ClassesRule"},
    {"NAME": "tenants.passwords.NameRule"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "tenants.passwords.HistoryRule"},
]
# Roles that must use a second factor, where the district has no rules of its own in force. Demo accounts never need one.
SECOND_FACTOR_ROLES = env.words(
    "HAPPYHOME_SECOND_FACTOR_ROLES", "district_admin system_admin security_admin audit_admin"
)
# 三权分立, strictly: accounts, security rules and logs belong to the three administrators alone, and these are appointed
# on the server alone (docs/decisions/three-administrators.md).
STRICT_SEPARATION = env.flag("HAPPYHOME_STRICT_SEPARATION")
# Logins that somebody else vouches for: name → {"kind": "oidc" or "zhezhengding", "label", …}; see tenants/sso.
SSO_PROVIDERS = json.loads(env.text("HAPPYHOME_SSO_PROVIDERS", "{}"))
INVITATION_HOURS = int(env.text("HAPPYHOME_INVITATION_HOURS", "72"))
API_TOKEN_HOURS = int(env.text("HAPPYHOME_API_TOKEN_HOURS", "12"))
# Five failures of one account from one address lock that pair, not the account: nobody can lock out a colleague.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "tenants.access.client_address"
AXES_DISABLE_ACCESS_LOG = True  # `tenants.models.Act` is the log
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # no AxesMiddleware: the login page and the token endpoint answer themselves
CSRF_FAILURE_VIEW = "tenants.views.csrf_failure"
EXPORT_DAYS = int(env.text("HAPPYHOME_EXPORT_DAYS", "7"))  # files of large lists are kept so long
DRAFT_DAYS = int(env.text("HAPPYHOME_DRAFT_DAYS", "30"))  # what nobody went on with for so long is forgotten
# Changes of a facility that a second person confirms: names of `facilities.models.DecisionKind`.
SECOND_CONFIRMATION = env.words("HAPPYHOME_SECOND_CONFIRMATION", "")
MESSAGE_DAYS = int(env.text("HAPPYHOME_MESSAGE_DAYS", "400"))  # messages in people's inboxes
# How people hear of their messages outside the portal: name → {"kind": "mail" or "zhezhengding", …}; see tenants/notices.
NOTICE_CHANNELS = json.loads(env.text("HAPPYHOME_NOTICE_CHANNELS", '{"mail": {"kind": "mail"}}'))
PORTAL_URL = env.text("HAPPYHOME_PORTAL_URL", "http://localhost:8000/")  # as staff open it, for links in mails
EMAIL_HOST = env.text("HAPPYHOME_SMTP_HOST", "")
EMAIL_PORT = int(env.text("HAPPYHOME_SMTP_PORT", "465"))
EMAIL_HOST_USER = env.text("HAPPYHOME_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("HAPPYHOME_SMTP_PASSWORD", "")
EMAIL_USE_SSL = True
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("HAPPYHOME_MAIL_FROM", "noreply@localhost")
SESSION_IDLE_MINUTES = int(env.text("HAPPYHOME_SESSION_IDLE_MINUTES", "15"))
SESSION_COOKIE_AGE = int(env.text("HAPPYHOME_SESSION_HOURS", "12")) * 3600  # from login on, whatever is done meanwhile
SESSION_ENGINE = "tenants.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "happyhome.said_once.SaidOnce"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("DJANGO_STATIC_ROOT", str(STATE_DIR / "static")))
# Only the files of django-leaflet: the app itself wants GDAL, which no wheel brings.
_leaflet = find_spec("leaflet")
_LEAFLET = Path(str(_leaflet and _leaflet.origin)).parent / "static" / "leaflet"
STATICFILES_DIRS = [BASE_DIR / "static", ("leaflet", str(_LEAFLET))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env.text("DJANGO_MEDIA_ROOT", str(STATE_DIR / "files")))  # never served by URL: views hand files out
# clamd, asked about every upload: `unix:/run/clamav/clamd.ctl` or `tcp:host:3310`. Empty: no virus scanner.
ANTIVIRUS = env.text("HAPPYHOME_ANTIVIRUS", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = env.flag("HAPPYHOME_BEHIND_TLS")
if BEHIND_PROXY:  # set where a proxy ends TLS (docker-compose.yml)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$", r"^healthz$", r"^readyz$", r"^metrics$"]  # asked inside, without TLS
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

# Master keys: of the environment, or else of a file (`manage.py make_master_key`). They wrap what lies in the database.
MASTER_KEYS = env.text("HAPPYHOME_MASTER_KEYS", "")
MASTER_KEYS_FILE = Path(env.text("HAPPYHOME_MASTER_KEYS_PATH", str(STATE_DIR / "master-keys")))
# Heads of the sealed audit log, written outside the database; a copy elsewhere proves that nothing was cut off.
AUDIT_ANCHORS_FILE = Path(env.text("HAPPYHOME_AUDIT_ANCHORS_PATH", str(STATE_DIR / "audit-anchors.jsonl")))

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its lines go through LOGGING too
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "happyhome.tasks.heartbeat", "schedule": timedelta(seconds=30)},
    "forget-drafts": {"task": "tenants.tasks.forget_drafts", "schedule": crontab(hour="3", minute="10")},
    "send-digests": {"task": "tenants.tasks.send_digests", "schedule": crontab(hour="7", minute="30")},
    "forget-messages": {"task": "tenants.tasks.forget_messages", "schedule": crontab(hour="3", minute="20")},
    "seal the audit logs": {"task": "tenants.tasks.seal_logs", "schedule": timedelta(minutes=1)},
    # Nightly, so that a first night of the quarter without a worker is caught up on the next one.
    "refresh-facts": {"task": "assessments.tasks.refresh_facts", "schedule": crontab(hour="1", minute="30")},
    "start-quarter": {"task": "assessments.tasks.start_quarter", "schedule": crontab(hour="2", minute="0")},
    "open-returns": {"task": "facilities.tasks.open_returns", "schedule": crontab(hour="0", minute="20")},
    "tell-endings": {"task": "portal.tasks.tell_endings", "schedule": crontab(hour="7", minute="10")},
    "tell-early": {"task": "portal.tasks.tell_early", "schedule": crontab(hour="7", minute="15")},
    "tell-plans": {"task": "portal.tasks.tell_plans", "schedule": crontab(hour="7", minute="20")},
    "remind-checks": {"task": "assessments.tasks.remind_checks", "schedule": crontab(hour="7", minute="5")},
    "open-evaluations": {"task": "assessments.tasks.open_evaluations", "schedule": crontab(hour="3", minute="40")},
    "remind-evaluations": {"task": "assessments.tasks.remind_evaluations", "schedule": crontab(hour="7", minute="5")},
    "remind-returns": {"task": "facilities.tasks.remind_returns", "schedule": crontab(hour="7", minute="0")},
    "sweep-attachments": {"task": "facilities.tasks.sweep_attachments", "schedule": crontab(hour="3", minute="15")},
    "open-follow-ups": {"task": "assessments.tasks.open_follow_ups", "schedule": crontab(hour="0", minute="40")},
    "remind-follow-ups": {"task": "assessments.tasks.remind_follow_ups", "schedule": crontab(hour="7", minute="10")},
    "sweep-outbox": {"task": "tenants.tasks.sweep_outbox", "schedule": 60.0},
    "requeue-exports": {"task": "tenants.tasks.requeue_exports", "schedule": 60.0},
    "sweep-exports": {"task": "tenants.tasks.sweep_exports", "schedule": crontab(hour="3", minute="20")},
    "requeue-runs": {"task": "assessments.tasks.requeue_runs", "schedule": 60.0},
    "requeue-imports": {"task": "facilities.tasks.requeue_imports", "schedule": 60.0},
}
CELERY_TASK_IGNORE_RESULT = True  # what a user watches is a row of ours, not a result of the queue's
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # longer than the longest task, or a task runs twice
    "unacked_restore_interval": 3,
    "unacked_restore_throttle": 1,
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api.authentication.ScopedAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.permissions.HasAccess"],
    "DEFAULT_SCHEMA_CLASS": "tenants.api.schema.Schema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "tenants.api.errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "大运河幸福家园管理平台 API",
    "VERSION": "1",
    "DESCRIPTION": "与页面同一套查询、筛选和权限。等级为系统测算，不等于认定或公布。用法见 docs/api.md。",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CriterionKindEnum": "standards.api.serializers.CRITERION_KINDS",
        "StandardKindEnum": "standards.models.StandardKind",
        "PartnerKindEnum": "partners.models.PartnerKind",
        "CallStateEnum": "partners.models.CallState",
        "ApplicationStateEnum": "partners.models.ApplicationState",
        "AgreementStateEnum": "partners.models.AgreementState",
        "SelectionStateEnum": "partners.models.RoundState",
        "FundKindEnum": "partners.models.FundKind",
        "ConstructionEnum": "facilities.models.ConstructionType",
        "PlanStateEnum": "partners.models.PlanState",
        "FundEntryKindEnum": "partners.models.EntryKind",
        "ExchangeEntryKindEnum": "partners.models.ExchangeEntryKind",
        "TierEnum": "assessments.api.serializers.TIERS",
        "TierChangeEnum": "assessments.api.serializers.CHANGES",
        "RunStateEnum": "assessments.models.RunState",
        "FollowUpStateEnum": "assessments.models.FollowUpState",
        "EvaluationStateEnum": "assessments.models.EvaluationState",
        "RectificationStateEnum": "assessments.models.RectificationState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tenants.api.schema.describe_errors",
    ],
}

# Everything to stderr, one JSON object a line; whoever starts the processes decides where that goes.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "happyhome.logs.JsonLines"},
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if env.flag("HAPPYHOME_JSON_LOGS", default=not DEBUG) else "plain",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        "fontTools": {"level": "WARNING"},  # else every PDF writes down which characters it holds
    },
}
METRICS_ADDRESSES = env.words("HAPPYHOME_METRICS_ADDRESSES", "127.0.0.1 ::1")
METRICS_TOKEN = env.text("HAPPYHOME_METRICS_TOKEN", "")

DEMO = env.flag("HAPPYHOME_DEMO")  # shows the strip 演示数据 and the demo accounts on the login page
