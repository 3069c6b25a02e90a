import importlib
import sys

import tts.core.train_extra as train_extra


def test_ctrl_c_while_torch_is_imported_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    importlib.reload(train_extra)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == "error: interrupted\n"
    sys.excepthook(ValueError, ValueError("another"), None)
    assert "ValueError: another" in capsys.readouterr().err
