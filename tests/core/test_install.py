import re
from pathlib import Path

from tts.core import install


def test_the_command_installs_from_the_checkout_or_by_name(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "ROOT", tmp_path)
    assert install.install_command("train") == 'pip install "attune-tts[train]"'
    (tmp_path / "pyproject.toml").write_text("")
    assert install.install_command("train") == f'pip install -e "{tmp_path}[train]"'
    monkeypatch.chdir(tmp_path)
    assert install.install_command("train") == 'pip install -e ".[train]"'


def test_every_extra_in_a_message_exists():
    root = Path(install.__file__).parents[2]
    named = {
        extra
        for path in (root / "tts").rglob("*.py")
        for extra in re.findall(r"install_command\(['\"](\w+)['\"]\)", path.read_text(encoding="utf-8"))
    }
    extras = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert {"train", "serve", "evaluate", "bulk", "play", "wyoming"} <= named
    assert all(f"\n{extra} = [" in extras for extra in named)
