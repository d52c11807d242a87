"""Asking makes no attempt at the network: seen from outside the process, by strace."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SEEDS

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
_INTERNET = re.compile(r"AF_INET6?\b")


@pytest.mark.parametrize(
    "arguments",
    [("ask", "How much does Iraq owe Iran?"), ("documents", "list"), ("doctor",)],
    ids=lambda arguments: arguments[0],
)
def test_no_internet_socket_is_opened(seeds_data: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    trace = tmp_path / "trace"
    command = [sys.executable, "-m", "ui", "--data", str(seeds_data), *arguments]
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=socket,connect,sendto", "-o", str(trace), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(SEEDS.parent)},
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in trace.read_text().splitlines() if _INTERNET.search(line)] == []


def test_the_trace_would_show_an_attempt(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
    command = ["strace", "-f", "-e", "trace=socket", "-o", str(trace), sys.executable, "-c", code]
    subprocess.run(command, check=True, timeout=60)
    assert _INTERNET.search(trace.read_text())
