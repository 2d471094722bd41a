from django.contrib.auth.backends import ModelBackend


class StaffBackend(ModelBackend):
    """Passwords of staff. Asked again on each request, so that a disabled account ends at once."""

    def user_can_authenticate(self, user):
        return user.is_usable
