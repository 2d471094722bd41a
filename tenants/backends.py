from django.contrib.auth.backends import ModelBackend

from tenants.models import User
from tenants.prepared import Prepared, columns_of, instances

_BY_ID = Prepared(
    "user",
    ["bigint"],
    f"SELECT {', '.join(columns_of(User))} FROM {User._meta.db_table} WHERE id = $1",  # noqa: S608 names of the model
)


class StaffBackend(ModelBackend):
    """Passwords of staff. Asked again on each request, so that a disabled account ends at once."""

    def user_can_authenticate(self, user):
        return user.is_usable

    def get_user(self, user_id):
        found = instances(User, _BY_ID.rows(user_id))
        return found[0] if found and self.user_can_authenticate(found[0]) else None
