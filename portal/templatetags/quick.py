"""Tags that do once what each page would do anew: addresses that have no arguments, those of static files, whatever has
constant arguments alone."""

from collections.abc import Callable
from functools import lru_cache

from django import template
from django.template.base import Node, Parser, Token
from django.template.defaulttags import url as plain_url
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf

register = template.Library()
_MOST = 4096  # routes × places where an address may hang on the page that asks for it


class FixedUrl(Node):
    """`{% url 'portal:facilities' %}`: looked up once for each script prefix, URL configuration and current app."""

    _found: dict[tuple, str] = {}

    def __init__(self, plain):
        self.plain = plain

    def render(self, context):
        request = getattr(context, "request", None)
        match = getattr(request, "resolver_match", None)
        app = getattr(request, "current_app", None) or (match and match.namespace)
        key = (self.plain.view_name.token, get_script_prefix(), get_urlconf(), app)
        address = self._found.get(key)
        if address is None:
            address = self.plain.render(context)  # NoReverseMatch passes through
            if address and len(self._found) < _MOST:
                self._found[key] = address
        return address


@register.tag
def url(parser, token):
    """As Django's own; one with arguments or `as` is Django's own."""
    plain = plain_url(parser, token)
    fixed = isinstance(plain.view_name.var, str) and not plain.view_name.filters
    return FixedUrl(plain) if fixed and not (plain.args or plain.kwargs or plain.asvar) else plain


class Fixed(Node):
    """A tag whose arguments are constants: drawn when it is first shown."""

    def __init__(self, plain):
        self.plain = plain
        self._drawn: str | None = None

    def render(self, context):
        if self._drawn is None:
            self._drawn = self.plain.render(context)
        return self._drawn


def drawn_once(function: Callable[..., str]) -> Callable[[Parser, Token], Node]:
    """For `register.tag`: like `register.simple_tag`, for a function that says the same of the same arguments for good."""
    plain = template.Library()
    plain.simple_tag(function)
    compiled = plain.tags[function.__name__]

    def compile_tag(parser: Parser, token: Token) -> Node:
        node = compiled(parser, token)
        given = (*node.args, *node.kwargs.values())
        is_fixed = all(isinstance(one.var, str) and not one.filters for one in given) and node.target_var is None
        return Fixed(node) if is_fixed else node

    return compile_tag


@lru_cache(maxsize=512)
def asset(path: str) -> str:
    """The address of a static file, which stays the same while the portal runs."""
    return static(path)


register.tag("asset", drawn_once(asset))
