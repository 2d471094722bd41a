from django.urls import path

from tenants.api.divisions import DivisionDetail, DivisionList, DivisionTree
from tenants.api.me import Me
from tenants.api.token import OwnTokens, TokenLogin

urlpatterns = [
    path("token/", TokenLogin.as_view(), name="token"),
    path("me/tokens/", OwnTokens.as_view(), name="own-tokens"),
    path("me/", Me.as_view(), name="me"),
    path("divisions/", DivisionList.as_view(), name="divisions"),
    path("divisions/tree/", DivisionTree.as_view(), name="division-tree"),
    path("divisions/<str:code>/", DivisionDetail.as_view(), name="division"),
]
