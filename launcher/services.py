"""The database and the broker of a start: embedded ones, or those that the environment names."""

import os
from pathlib import Path

from launcher.checkout import Ports, secret
from launcher.packages import Environment
from launcher.postgres import APP, OWNER, Postgres
from launcher.valkey import Valkey


def named(variable: str) -> bool:
    """Whether the environment gives a variable, as a value or as a file."""
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


class Services:
    """PostgreSQL and Valkey in `folder`. `durable=False` is for tests: no fsync, and the owner may make databases."""

    def __init__(self, folder: Path, environment: Environment, log: Path, ports: Ports, *, durable: bool = True):
        self.folder, self.environment, self.durable = folder, environment, durable
        packages = environment.site_packages
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        if not named("DATABASE_URL"):
            elsewhere = Path("/var/lib") if durable else Path("/tmp")  # noqa: S108
            self.postgres = Postgres(
                folder / "database", packages, log / "postgres.log", durable=durable, elsewhere=elsewhere
            )
        if not named("REDIS_URL"):
            port = ports.take("valkey")
            self.valkey = Valkey(folder / "broker", packages, log / "valkey.log", port, durable=durable)

    def start_database(self) -> str:
        """Start PostgreSQL, with the two roles and the database in it; returns what was done."""
        if self.postgres is None:
            return "as DATABASE_URL says"
        new = not self.postgres.initialised()
        if new:
            self.postgres.initialise()
        self.postgres.stop_leftover()
        self.postgres.start()
        self.postgres.wait_ready()
        marker = self.postgres.home / "roles-ready"
        if new or not marker.exists():
            self.postgres.ensure_roles(owner_makes_databases=not self.durable)
            self.postgres.ensure_database()
            marker.unlink(missing_ok=True)
            secret(marker)  # also tells this database from a later one in the same place
        return "made" if new else "started"

    def start_broker(self) -> str:
        if self.valkey is None:
            return "as REDIS_URL says"
        self.valkey.start()
        self.valkey.wait_ready()
        return f"port {self.valkey.port}"

    def identity(self) -> str:
        """Tells one database from another: stamps of work done in it hold for it alone."""
        if self.postgres is None:
            return f"{os.environ.get('DATABASE_URL', '')}{os.environ.get('DATABASE_URL_FILE', '')}"
        return (self.postgres.home / "roles-ready").read_text()

    def addresses(self) -> dict[str, str]:
        """DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL of the embedded servers (those of the environment stay)."""
        found = {}
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url(APP)
            found["DATABASE_OWNER_URL"] = self.postgres.url(OWNER)
        if self.valkey:
            found["REDIS_URL"] = self.valkey.url
        return found

    def stop(self) -> None:
        for server in (self.valkey, self.postgres):
            if server:
                server.stop()
