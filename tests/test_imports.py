"""The rules about imports (CONTRIBUTING.md, "Layout"), checked in the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tts"

# A room may import itself and what is listed; prefixes of dotted names.
MAY_IMPORT = {
    "tts": {"tts.synthesis"},  # lazily: the two names a user types
    "tts.core": set(),
    "tts.commands": {
        "tts.core",
        "tts.evaluation",
        "tts.synthesis",
        "tts.engine",
        "tts.voices",
        "tts.vocoder",
        "tts.data",
        "tts.audio",
        "tts.text",
    },
    "tts.text": {"tts.core.errors", "tts.core.files", "tts.core.word"},
    "tts.audio": {"tts.core"},
    "tts.nn": {"tts.core"},
    "tts.attention": {"tts.nn", "tts.core"},
    "tts.losses": {"tts.nn", "tts.core"},
    "tts.data": {"tts.text", "tts.audio", "tts.core"},
    "tts.alignment": {"tts.core", "tts.nn.viterbi"},
    "tts.acoustic": {
        "tts.attention.base",
        "tts.attention.parallel",
        "tts.attention.alignment_layer",
        "tts.nn",
        "tts.core",
    },
    "tts.vocoder": {"tts.audio", "tts.nn", "tts.core"},
    "tts.voices": {"tts.core", "tts.vocoder.import_weights"},
    "tts.voices.__main__": {"tts.voices", "tts.commands.runner", "tts.commands.parsing"},
    "tts.text.__main__": {"tts.text", "tts.commands.runner", "tts.commands.parsing"},
    "tts.engine": {"tts.text", "tts.core", "tts.voices"},
    "tts.onnx_export": {
        "tts.acoustic",
        "tts.vocoder",
        "tts.attention.parallel",
        "tts.attention.rotary",
        "tts.attention.rotary_multi_head",
        "tts.nn",
        "tts.core",
        "tts.engine",
        "tts.voices",
    },
    "tts.training": {
        "tts.losses",
        "tts.data",
        "tts.audio",
        "tts.alignment",
        "tts.core",
        "tts.nn",
        "tts.voices",
        "tts.acoustic.aligner",
    },
    "tts.distillation": {"tts.vocoder", "tts.data", "tts.training", "tts.voices", "tts.audio", "tts.core"},
    "tts.evaluation": {
        "tts.audio",
        "tts.losses",
        "tts.alignment",
        "tts.text",
        "tts.data",
        "tts.core",
        "tts.voices",
        "tts.synthesis",
        "tts.engine",
    },
    "tts.serving": {"tts", "tts.audio", "tts.core", "tts.engine", "tts.text", "tts.voices"},
    "tts.synthesis": {"tts.text", "tts.audio", "tts.voices", "tts.engine", "tts.alignment", "tts.core"},
}
# An old name of a command is two lines that run the new one.
ALIASES = {"tts.speak", "tts.extract", "tts.convert", "tts.inspect", "tts.compare"}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path):
    """Dotted names that a file imports. ``from a import b`` gives ``a`` and ``a.b``, because b may be a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module):
    """The longest entry of the table that contains ``module``, or None for an entry point."""
    prefixes = [".".join(module.split(".")[:n]) for n in range(len(module.split(".")), 1, -1)]
    found = next((prefix for prefix in prefixes if prefix in MAY_IMPORT), None)
    return module if module == "tts" else found


def within(name, prefixes):
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


ALL = dict(modules())


@pytest.mark.parametrize("module", sorted(ALL))
def test_imports_point_down(module):
    own = [name for name in imports(ALL[module]) if within(name, ["tts"])]
    if module in ALIASES:
        assert len(ALL[module].read_text().splitlines()) < 10
        return
    if room(module) is None:  # an entry point: may import every room, but is a leaf itself
        assert all(room(name) is not None for name in own)
        return
    allowed = MAY_IMPORT[room(module)] | ({room(module)} if module != "tts" else set())
    wrong = [name for name in own if not within(name, allowed)]
    assert not wrong, f"{module} may import {sorted(allowed)}; it imports {wrong}"


@pytest.mark.parametrize("module", sorted(name for name in ALL if within(name, ["tts.text"])))
def test_text_does_not_import_torch(module):
    assert not [name for name in imports(ALL[module]) if within(name, ["torch", "torchaudio", "lightning"])]


def test_there_are_no_utils():
    assert not [name for name in ALL if {"utils", "util", "helpers", "misc"} & set(name.split("."))]


def test_importing_the_package_loads_no_large_module():
    code = "import sys, tts; tts.__version__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "tts" in loaded
    assert not {"torch", "numpy", "hydra", "tts.synthesis.synthesizer"} & set(loaded)


SPEAKS = '{"torch", "torchaudio", "hydra", "omegaconf", "safetensors", "lightning", "librosa", "scipy", "matplotlib"}'


def test_synthesis_is_imported_without_torch():
    code = f"import sys, tts; tts.TTS; import tts.synthesize; print({SPEAKS} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
