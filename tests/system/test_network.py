"""Asking makes no attempt at another machine: seen from outside the process, by strace."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SEEDS

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
_CALLS = "trace=bind,connect,sendto,sendmsg,sendmmsg"
# The data folder's door is on this machine's own address; nothing else may be spoken to or listened on.
_AWAY = re.compile(r'sin_addr=inet_addr\("(?!127\.0\.0\.1")|inet_pton\(AF_INET6, "(?!::1")|AF_NETLINK')


def attempts(trace: Path) -> list[str]:
    return [line for line in trace.read_text().splitlines() if _AWAY.search(line)]


@pytest.mark.parametrize(
    "arguments",
    [("ask", "How much does Iraq owe Iran?"), ("documents", "list"), ("doctor",)],
    ids=lambda arguments: arguments[0],
)
def test_no_other_machine_is_spoken_to(seeds_data: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    trace = tmp_path / "trace"
    command = [sys.executable, "-m", "ui", "--data", str(seeds_data), *arguments]
    done = subprocess.run(
        ["strace", "-f", "-e", _CALLS, "-o", str(trace), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(SEEDS.parent)},
    )
    assert done.returncode == 0, done.stderr
    assert attempts(trace) == []


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('192.0.2.1', 53))",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect_ex(('127.0.0.53', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM).bind(('', 0))",
    ],
)
def test_the_trace_would_show_an_attempt(tmp_path: Path, attempt: str) -> None:
    trace = tmp_path / "trace"
    command = [
        sys.executable,
        "-c",
        f"import socket, contextlib\nwith contextlib.suppress(OSError): {attempt}",
    ]
    subprocess.run(["strace", "-f", "-e", _CALLS, "-o", str(trace), *command], check=True, timeout=60)
    assert len(attempts(trace)) == 1
