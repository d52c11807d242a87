"""Who asks, and what they may do: the same for the API and the chat page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from qa.addresses import is_loopback
from qa.errors import ConfigError, ForbiddenError

if TYPE_CHECKING:
    from qa.config import Config
    from ui.keys import Accounts

Role = Literal["reader", "editor", "admin"]
"""Readers ask; editors also take documents in and remove them; admins also see metrics and API docs."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request. ``name`` owns conversations and feedback; ``key`` is what is counted."""

    name: str
    role: Role
    key: str = ""

    @property
    def shown(self) -> str:
        """What people are called on pages; "" where nobody signs in."""
        return "" if self is LOCAL else self.name

    def may(self, role: Role) -> bool:
        """Whether the caller may do as much as ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def need(self, role: Role) -> None:
        """Raises ForbiddenError when the caller may do less than ``role``."""
        if not self.may(role):
            raise ForbiddenError(f"this needs the role {role}, and {self.name} is {self.role}")


LOCAL = Caller("local", "admin")
"""Whoever asks from this machine, where nobody signs in."""


def is_open(config: Config) -> bool:
    """Whether nobody signs in: only this machine is served, by its own names, and nothing says otherwise."""
    beyond = config.names or config.trusted_proxies or config.sign_in
    return is_loopback(config.host) and not beyond


def check_access(config: Config, accounts: Accounts) -> None:
    """Raises ConfigError when people must sign in and nobody could; StoreError. To be called before serving.

    A proxy that says who asks lets people in without an account here.
    """
    if is_open(config) or config.proxy_user_header or accounts.anyone():
        return
    raise ConfigError(
        f"whoever asks at {config.host} must sign in by the settings, and nobody could: make one first with"
        " footnote access add NAME --role admin"
    )
