#!/bin/sh
# Runs once, when the database container makes its empty cluster: the two roles and the portal's database.
# happyhome_owner makes and changes tables; the portal runs as happyhome_app, which row level security binds.
set -eu
psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres \
    -v owner_password="$(cat /run/secrets/owner_password)" \
    -v app_password="$(cat /run/secrets/app_password)" <<'SQL'
CREATE ROLE happyhome_owner LOGIN PASSWORD :'owner_password' NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE happyhome_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE DATABASE happyhome OWNER happyhome_owner;
\connect happyhome
ALTER DEFAULT PRIVILEGES FOR ROLE happyhome_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO happyhome_app;
ALTER DEFAULT PRIVILEGES FOR ROLE happyhome_owner GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO happyhome_app;
SQL
