"""Training and generation on a simulated CUDA device (tests/fake_cuda), in a separate process."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

TESTS = Path(__file__).parent
CASES = ["acoustic", "vocoder", "graphs", "trainer"]
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler")


@pytest.fixture(scope="module")
def stub(tmp_path_factory):
    """stub.cpp, compiled to a library for preloading."""
    include = Path(torch.__file__).parent / "include"
    target = tmp_path_factory.mktemp("fake_cuda") / "stub.so"
    command = [COMPILER, "-shared", "-fPIC", "-std=c++20", f"-I{include}"]
    command += [f"-I{include}/torch/csrc/api/include", "-o", str(target), str(TESTS / "fake_cuda" / "stub.cpp")]
    subprocess.run(command, check=True, capture_output=True, timeout=250)
    return target


def run(stub, *words):
    """Run pytest in a process with the library. Returns its result."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = os.environ | {"LD_PRELOAD": str(stub), "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    environment["PYTEST_ADDOPTS"] = ""  # the cases run in one process
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "--tb=short", *words]
    return subprocess.run(command, cwd=TESTS.parent, env=environment, capture_output=True, text=True, check=False)


def path_of(cases):
    return str(TESTS / "fake_cuda" / f"cases_{cases}.py")


@pytest.fixture(scope="module")
def outcome(stub, tmp_path_factory):
    """The result of a process that runs all cases, and the numbers of passed and failed ones by file."""
    log = tmp_path_factory.mktemp("outcome") / "log.xml"
    done = run(stub, *map(path_of, CASES), f"--junitxml={log}")
    counts = {cases: Counter() for cases in CASES}
    for case in ElementTree.parse(log).iter("testcase"):
        cases = case.get("classname").rpartition("cases_")[2]
        counts[cases]["failed" if len(case) else "passed"] += 1  # inside is a failure, an error or a skip
    return done, counts


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", CASES)
def test_cases_pass_on_a_fake_device(outcome, cases):
    done, counts = outcome
    assert counts[cases]["passed"] > 3, done.stdout[-6000:] + done.stderr[-2000:]
    assert not counts[cases]["failed"], done.stdout[-6000:]


def test_no_case_fails_to_run(outcome):
    done, _ = outcome
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("cases", CASES)
def test_all_combinations_pass_on_a_fake_device(stub, cases):
    done = run(stub, path_of(cases), "-m", "slow", "--timeout", "0")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
