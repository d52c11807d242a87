"""Passwords: kept as scrypt hashes (RFC 7914), checked at the same cost whether or not there is one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata

from qa.errors import ConfigError

SHORTEST, _LONGEST = 12, 1_000  # characters
_COST, _BLOCK, _PARALLEL = 2**15, 8, 3  # OWASP's equal of N = 2**17, p = 1, with a quarter of its memory
_MEMORY = 128 * _COST * _BLOCK * 2  # bytes; OpenSSL wants a little more than the 32 MB that are used
_SALT, _DIGEST = 16, 32  # bytes


def check(password: str) -> None:
    """Raises ConfigError for one that can't be taken."""
    if len(password) < SHORTEST:
        raise ConfigError(f"a password has at least {SHORTEST} characters")
    if len(password) > _LONGEST or not _is_text(password):
        raise ConfigError(f"a password has at most {_LONGEST:,} characters, and each of them is one")


def hashed(password: str) -> str:
    """What is kept of a password: method, parameters, salt and hash. Raises ConfigError as ``check`` does."""
    check(password)
    salt = os.urandom(_SALT)
    made = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    parts = (_COST, _BLOCK, _PARALLEL, base64.b64encode(salt).decode(), base64.b64encode(made).decode())
    return "$".join(("scrypt", *map(str, parts)))


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password. Without one to compare with, as much work is done, and the answer is no."""
    usable = len(password) <= _LONGEST and _is_text(password)
    tried = password if usable else ""
    if kept is None:
        _scrypt(tried, bytes(_SALT), _COST, _BLOCK, _PARALLEL)
        return False
    _, cost, block, parallel, salt, digest = kept.split("$")
    made = _scrypt(tried, base64.b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(made, base64.b64decode(digest)) and usable


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # The same letters may be typed in several ways: NFKC makes them one (NIST SP 800-63B).
    text = unicodedata.normalize("NFKC", password).encode()
    return hashlib.scrypt(text, salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=_DIGEST)


def _is_text(password: str) -> bool:
    """Lone surrogates are no text and can't be encoded."""
    return not any("\ud800" <= character <= "\udfff" for character in password)
