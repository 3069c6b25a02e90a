"""Commands that are killed, interrupted or without disk space lose no data. `interruptions.py` has the checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("interruptions.py")


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("part", ["kills", "signals", "disks"])
def test_interrupted_commands_lose_nothing(part):
    if part == "disks" and os.geteuid() != 0:
        pytest.skip("a small disk is mounted by root alone")
    done = subprocess.run([sys.executable, SCRIPT, part], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "nothing lost" in done.stdout
