"""Compiles stub.cpp against the headers of the torch that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import torch

COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


def build_stub(folder: Path) -> Path:
    """The shared library to preload, compiled into ``folder``; needs `COMPILER`, and takes some seconds."""
    include = Path(torch.__file__).parent / "include"
    api = include / "torch" / "csrc" / "api" / "include"
    target = folder / "stub.so"
    command = [COMPILER, "-shared", "-fPIC", "-O0", "-std=c++20", f"-I{include}", f"-I{api}"]
    command += ["-o", str(target), str(Path(__file__).with_name("stub.cpp"))]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return target
