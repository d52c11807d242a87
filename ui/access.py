"""Who asks, and what they may do: the same for the API and the chat page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from qa.errors import ForbiddenError

Role = Literal["reader", "editor", "admin"]
"""Readers ask; editors also take documents in and remove them; admins also see metrics and API docs."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request. ``name`` owns conversations and feedback; ``key`` is what is counted."""

    name: str
    role: Role
    key: str = ""

    def need(self, role: Role) -> None:
        """Raises ForbiddenError when the caller may do less than ``role``."""
        if ROLES.index(self.role) < ROLES.index(role):
            raise ForbiddenError(f"this needs the role {role}, and {self.name} is {self.role}")


LOCAL = Caller("local", "admin")
"""Whoever asks from this machine, where nobody signs in."""
