"""The start of each role."""

from django.shortcuts import redirect

from tenants.access import requires
from tenants.rules import Permission


@requires(Permission.SIGNED_IN)
def home(request):
    return redirect("portal:components")
