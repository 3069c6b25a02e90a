"""Training and generation on a simulated CUDA device (tests/fake_cuda), in separate processes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = os.environ | {"LD_PRELOAD": str(stub), "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "--tb=short", *words]
    done = subprocess.run(command, cwd=TESTS.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("cases", CASES)
def test_cases_pass_on_a_fake_device(stub, cases):
    run(stub, str(TESTS / "fake_cuda" / f"cases_{cases}.py"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("cases", CASES)
def test_all_combinations_pass_on_a_fake_device(stub, cases):
    run(stub, str(TESTS / "fake_cuda" / f"cases_{cases}.py"), "-m", "slow", "--timeout", "0")
