"""``footnote access``: who may use Footnote. Works beside a server that runs, which heeds it at once."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.errors import ConfigError
from ui.keys import Accounts, User, clean_name
from ui.passwords import check
from ui.terminal import print_json, print_table

if TYPE_CHECKING:
    from qa.config import Settings

_COLUMNS = ("name", "role", "password", "keys", "made")


def access(settings: Settings, options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    """Add, list or revoke."""
    accounts = Accounts(settings.config.access_path)
    try:
        _VERBS[options.verb](accounts, options, tell)
    finally:
        accounts.close()
    return 0


def _add(accounts: Accounts, options: argparse.Namespace, tell: Callable[[str], None]) -> None:
    name = clean_name(options.name)
    password = _password() if options.password else None
    if password is not None:
        check(password)
    user = accounts.add(name, options.role)
    if password is not None:
        accounts.set_password(name, password)
        tell(f"{user.name} is {user.role}, and signs in with this password from now on")
    elif options.no_key:
        tell(f"{user.name} is {user.role}")
    else:
        tell(f"{user.name} is {user.role}; this key is shown only now:")
        print(accounts.new_key(name))


def _list(accounts: Accounts, options: argparse.Namespace, tell: Callable[[str], None]) -> None:
    users = accounts.users()
    if options.json:
        print_json([_as_dict(user) for user in users])
    else:
        print_table(_COLUMNS, [_row(user) for user in users])


def _revoke(accounts: Accounts, options: argparse.Namespace, tell: Callable[[str], None]) -> None:
    print(f"Revoked {accounts.revoke(options.what)}.")


def _row(user: User) -> tuple[str, ...]:
    role = user.role if user.active else "revoked"
    return user.name, role, "yes" if user.has_password else "no", " ".join(k.id for k in user.keys), user.made


def _as_dict(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role if user.active else None,
        "password": user.has_password,
        "keys": [{"id": key.id, "made": key.made} for key in user.keys],
        "made": user.made,
    }


def _password() -> str:
    """Asked for twice on a terminal, without echo; elsewhere the first line of input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise ConfigError("the two passwords are not the same")
    return password


_VERBS: dict[str, Callable[[Accounts, argparse.Namespace, Callable[[str], None]], None]] = {
    "add": _add,
    "list": _list,
    "revoke": _revoke,
}
