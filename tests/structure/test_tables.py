"""Every table behind row level security; the shapes that slip past it do not occur."""

import re
from fnmatch import fnmatch

import pytest
from django.apps import apps

from tests.structure import catalogue

pytestmark = pytest.mark.django_db

# Tables without a division, and why they need none. Anything else must carry `division_code`.
UNSCOPED = {
    "auth_*": "groups and permissions of Django: names of models, no data of a district",
    "axes_*": "failed logins, before anybody is known; read by the login page alone",
    "django_admin_log": "the admin is read only and writes nothing here",
    "django_celery_beat_*": "the timetable of the installation",
    "django_content_type": "names of models",
    "django_migrations": "state of the schema",
    "django_session": "found by a random key alone, before it is known who is acting",
    "tenants_user": "read before the scope is known; pages list people through their appointments, which are scoped",
    "tenants_user_groups": "not used: rights come from appointments",
    "tenants_user_user_permissions": "not used: rights come from appointments",
    "tenants_apitoken": "found by the digest of a random key, before it is known who is acting",
    "tenants_accountsession": "found by the key of a session or the account; pages show one's own, or of people in scope",
    "tenants_formerpassword": "hashes of passwords; compared where an account sets a new one, shown nowhere",
    "tenants_authenticator": "sealed secret of an account; read at the login, before the scope is known",
    "tenants_recoverycode": "digests of random codes; read at the login, before the scope is known",
    "tenants_codefailures": "counts at the login, before anybody is known",
    "tenants_invitation": "found by the digest of a random key, before it is known who is acting",
    "tenants_externalidentity": "found by the subject of an outside login, before it is known who is acting",
    "assessments_publisheddocument": "public: what a district published for good; added to, never changed",
    "tenants_division": "public data",
    "tenants_sealbatch": "hashes over the logs of all divisions; policies of its own (ChainOfSeals)",
    "tenants_divisionsuccession": "public data",
    "standards_*": "published documents and what was made of them; rulings of a district carry its code",
}

# Public although they name a division: whose document it is, not whose data.
PUBLISHED = {"standards_standard": "which city or district issued a published document"}


# Never read by division as a whole: found through the key of something that is.
READ_THROUGH_A_KEY = {
    "assessments_verdict": "through its run",
    "assessments_vitalityscore": "through its run",
    "assessments_unjudged": "through its run",
    "assessments_scopesummary": "through its run",
    "tenants_outboxentry": "a short queue, emptied every minute",
    "facilities_importrow": "through its batch",
    "tenants_appointment": "through its user; some hundred rows",
    "tenants_storedanswer": "through the key that the client sent",
    "tenants_rowchange": "through what changed",
}


def tenant_tables():
    return [t for t in catalogue.rows(catalogue.TENANT_TABLES) if t["name"] not in PUBLISHED]


def test_every_table_has_a_division_or_a_reason_not_to():
    tenant = {table["name"] for table in tenant_tables()} | PUBLISHED.keys()
    others = {table["name"] for table in catalogue.rows(catalogue.ALL_TABLES)} - tenant
    assert {table for table in others if not any(fnmatch(table, known) for known in UNSCOPED)} == set()


def test_every_tenant_table_forces_row_level_security():
    bare = [t["name"] for t in tenant_tables() if not (t["enabled"] and t["forced"])]
    assert bare == [], "Isolate them in their migration: tenants.isolation.IsolateByScope or InsertOnly."


def test_every_tenant_table_has_policies_for_reading_and_adding():
    policies = catalogue.rows(catalogue.POLICIES)
    for table in tenant_tables():
        commands = {policy["command"] for policy in policies if policy["table"] == table["name"]}
        assert commands >= {"*"} or commands >= {"r", "a"}, table["name"]


def test_a_division_is_found_by_index_and_not_row_by_row():
    indexed = {index["table"] for index in catalogue.rows(catalogue.INDEXED_BY_DIVISION)}
    scanned = {table["name"] for table in tenant_tables()} - indexed - READ_THROUGH_A_KEY.keys()
    assert scanned == set(), "Add tenants.isolation.IndexByDivision to the migration."


def test_no_policy_reads_a_setting_that_may_be_empty_without_nullif():
    for policy in catalogue.rows(catalogue.POLICIES):
        for text in filter(None, (policy["using"], policy["check"])):
            settings = re.findall(r"current_setting\(", text)
            guarded = re.findall(r"NULLIF\(current_setting\('[\w.]+'::text, true\), ''::text\)", text)
            assert len(guarded) == len(settings), (policy["table"], policy["name"])


def test_a_policy_without_a_scope_lets_nothing_be_read_and_only_logs_be_written():
    unconditional = [
        (policy["table"], policy["name"])
        for policy in catalogue.rows(catalogue.POLICIES)
        if "current_setting" not in (policy["using"] or policy["check"] or "")
    ]
    assert sorted(unconditional) == [("tenants_act", "log_add"), ("tenants_rowchange", "log_add")]


def test_every_reference_between_tenant_tables_is_bound_past_row_level_security():
    """Foreign keys are checked past RLS: a composite key binds the division, or a trigger looks the parent up."""
    tenant = {table["name"] for table in tenant_tables()}
    keys = [key for key in catalogue.rows(catalogue.FOREIGN_KEYS) if {key["table"], key["parent"]} <= tenant]
    bound = {(key["table"], column) for key in keys if len(key["columns"]) > 1 for column in key["columns"]}
    looked_up = {(trigger["table"], trigger["name"]) for trigger in catalogue.rows(catalogue.TRIGGERS)}
    loose = [
        (key["table"], key["columns"][0])
        for key in keys
        if len(key["columns"]) == 1
        and (key["table"], key["columns"][0]) not in bound
        and (key["table"], f"{key['table']}_{key['columns'][0]}_seen_insert") not in looked_up
    ]
    assert loose == [], "Use tenants.isolation.BindToParent, or ReferToVisible where divisions differ."


def test_history_that_keeps_its_code_is_readable_by_the_successors():
    """And nothing else is: what lives goes over to the new code."""
    kept = {model._meta.db_table for model in apps.get_models() if getattr(model, "keeps_its_code", False)}
    policies = [policy for policy in catalogue.rows(catalogue.POLICIES) if policy["name"] == "past_read"]
    logs = {"tenants_act", "tenants_rowchange", "tenants_appointment"}  # of appointments: those that had ended
    assert {policy["table"] for policy in policies} == kept | logs
    assert {policy["command"] for policy in policies} == {"r"}


def test_logs_refuse_change_by_trigger_and_by_right():
    refusing = {t["table"] for t in catalogue.rows(catalogue.TRIGGERS) if t["name"].endswith("_insert_only")}
    assert refusing >= {"tenants_act", "tenants_rowchange"}
    for table in refusing:
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            [answer] = catalogue.rows("SELECT has_table_privilege(%s, %s) AS held", [table, right])
            assert answer["held"] is False, (table, right)


def test_the_app_role_stands_below_row_level_security():
    [role] = catalogue.rows("SELECT * FROM pg_roles WHERE rolname = current_user")
    assert {name: role[name] for name in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb")} == {
        "rolsuper": False,
        "rolbypassrls": False,
        "rolcreaterole": False,
        "rolcreatedb": False,
    }


def test_the_app_role_owns_nothing_and_cannot_make_anything():
    owned = "SELECT relname FROM pg_class WHERE pg_has_role(current_user, relowner, 'MEMBER')"
    assert catalogue.rows(f"{owned} AND relnamespace = 'public'::regnamespace") == []
    assert catalogue.rows("SELECT has_schema_privilege('public', 'CREATE') AS held") == [{"held": False}]
    truncatable = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND has_table_privilege(oid, 'TRUNCATE')"
    assert catalogue.rows(f"{truncatable} AND relnamespace = 'public'::regnamespace") == []


def test_no_view_reads_with_the_rights_of_its_owner():
    views = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'"
    invoker = "'security_invoker=true' = ANY(coalesce(reloptions, '{}'))"
    assert catalogue.rows(f"{views} AND NOT {invoker}") == []


def test_no_materialised_view_rewrite_rule_or_definer_function():
    kinds = "SELECT relname FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace"
    assert catalogue.rows(kinds) == []
    definers = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    assert catalogue.rows(definers) == []


def test_every_trigger_is_switched_on():
    assert [t for t in catalogue.rows(catalogue.TRIGGERS) if t["enabled"] != "O"] == []
