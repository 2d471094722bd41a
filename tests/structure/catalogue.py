"""What the database itself says about tables, policies, keys and rights. Read as the app role."""

from django.db import connection

TENANT_TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'division_code' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"""
ALL_TABLES = """
SELECT c.oid::regclass::text AS name FROM pg_class c
WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"""
POLICIES = """
SELECT p.polrelid::regclass::text AS table, p.polname AS name, p.polcmd::text AS command, p.polpermissive AS permissive,
       p.polroles AS roles, pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_get_expr(p.polwithcheck, p.polrelid) AS check
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace"""
FOREIGN_KEYS = """
SELECT f.conname AS name, f.conrelid::regclass::text AS table, f.confrelid::regclass::text AS parent,
       ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k(n, i)
             JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.n ORDER BY k.i) AS columns
FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace"""
INDEXED_BY_DIVISION = """
SELECT DISTINCT i.indrelid::regclass::text AS table FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE a.attname = 'division_code'"""
TRIGGERS = """
SELECT t.tgrelid::regclass::text AS table, t.tgname AS name, t.tgenabled AS enabled FROM pg_trigger t
WHERE NOT t.tgisinternal"""


def rows(sql: str, parameters=()) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
