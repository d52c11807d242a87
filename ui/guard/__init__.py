"""What stands between the network and the app: one call, ``guard``."""

from __future__ import annotations

from collections.abc import Callable

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp

from qa.config import Config
from ui.access import is_open
from ui.guard.bodies import Bodies
from ui.guard.hosts import Hosts
from ui.guard.identity import Identity
from ui.guard.origins import Origins
from ui.guard.peers import Peers
from ui.guard.printable import Printable
from ui.guard.rates import Rates
from ui.guard.sign_in import SignIn
from ui.guard.traffic import Traffic
from ui.keys import Accounts
from ui.problems import crash
from ui.seen import Seen
from ui.sessions import Sessions


def guard(
    app: ASGIApp, config: Config, accounts: Accounts, observe: Callable[[Seen], None] = lambda _: None
) -> ASGIApp:
    """``app`` behind everything that is checked of a request before it gets there; see each guard.

    Requests that get through have ``request_id`` and ``caller`` in their state. ``observe`` is told of each
    request once it is over. uvicorn must not look at proxies' headers itself (``proxy_headers=False``).
    """
    guarded, sessions = app, Sessions(accounts)
    if not is_open(config):
        guarded = SignIn(guarded, accounts, sessions)
    if config.requests_per_minute:
        guarded = Rates(guarded, config)
    guarded = Identity(guarded, config, accounts, sessions)
    guarded = Bodies(guarded, config)
    guarded = Origins(guarded, config)
    guarded = Hosts(guarded, config)
    guarded = Peers(guarded, config)
    guarded = Printable(guarded)
    # The app tells of its own failures. This is for the guards'.
    guarded = ServerErrorMiddleware(guarded, handler=crash)
    return Traffic(guarded, observe, lifespan=app)
