from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from tenants import queries
from tenants.api.divisions import DivisionRefSerializer
from tenants.api.views import ApiView
from tenants.rules import ROLE_LABELS, Permission, Role, permissions_of


class MeSerializer(serializers.Serializer):
    uuid = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField([(role.value, label) for role, label in ROLE_LABELS.items()])
    role_label = serializers.CharField()
    division = DivisionRefSerializer()
    permissions = serializers.ListField(child=serializers.CharField(), help_text="这个角色能做的事，按字母排列")
    appointed_from = serializers.DateField(help_text="任职起始日")
    appointed_until = serializers.DateField(allow_null=True, help_text="不再任职的第一天")


class Me(ApiView):
    access = Permission.SIGNED_IN
    serializer_class = MeSerializer

    @extend_schema(summary="当前用户：角色、管辖范围、能做的事", tags=["登录"], operation_id="me")
    def get(self, request):
        held = self.appointment
        role = Role(held.role)
        names = queries.division_names([held.division_code])
        return Response(
            MeSerializer(
                {
                    "uuid": request.user.uuid,
                    "username": request.user.username,
                    "name": str(request.user),
                    "role": role.value,
                    "role_label": ROLE_LABELS[role],
                    "division": {"code": held.division_code, "name": names.get(held.division_code, "")},
                    "permissions": sorted(permissions_of(role)),
                    "appointed_from": held.starts_on,
                    "appointed_until": held.ends_on,
                }
            ).data
        )
