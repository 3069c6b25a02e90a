"""Checkpoints on a full disk, in a folder of another process, and after a crash."""

import errno
import io

import pytest
import torch
from filelock import FileLock

from tts.core.files import PlaceError, check_writable, replacing
from tts.training.checkpoint_io import AtomicCheckpointIO
from tts.training.run import RunError, find_checkpoint, load_checkpoint, locked


def save(folder, step, content=None):
    path = folder / "checkpoints" / f"step_{step:08d}.ckpt"
    AtomicCheckpointIO().save_checkpoint(content or {"config": {}, "step": step}, path)
    return path


def test_a_checkpoint_is_written_atomically(tmp_path):
    path = save(tmp_path, 1)
    assert torch.load(path, weights_only=True) == {"config": {}, "step": 1}
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_full_disk_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    path = save(tmp_path, 1)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(PlaceError, match=r"step_00000001\.ckpt cannot be written: the disk is full; free some"):
            save(tmp_path, 1, {"config": {}, "step": 2})
    assert torch.load(path, weights_only=True)["step"] == 1
    assert len(list(path.parent.iterdir())) == 1


def test_a_short_write_of_torch_is_a_full_disk(tmp_path, monkeypatch):
    class Full(io.RawIOBase):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.open", lambda *_: Full())
    with pytest.raises(PlaceError, match="the disk is full"):
        AtomicCheckpointIO().save_checkpoint({"w": torch.ones(100)}, tmp_path / "a.ckpt")


def test_checkpoints_without_permission_are_not_damaged(tmp_path, monkeypatch):
    save(tmp_path, 1)
    path = save(tmp_path, 2)
    monkeypatch.setattr("os.access", lambda place, mode: False)  # root may read everything
    with pytest.raises(PlaceError, match=r"step_00000002\.ckpt cannot be read: this user has no permission"):
        find_checkpoint(tmp_path, "auto")
    assert path.exists()


def test_a_folder_or_a_pipe_is_no_checkpoint(tmp_path):
    whole, other = save(tmp_path, 1), tmp_path / "checkpoints" / "step_00000002.ckpt"
    other.mkdir()
    assert find_checkpoint(tmp_path, "auto") == whole
    with pytest.raises(RunError, match=r"step_00000002\.ckpt is damaged \(it is not a regular file\)"):
        load_checkpoint(other)
    with pytest.raises(PlaceError, match=r"step_00000002\.ckpt cannot be written: it is a folder; remove it"):
        AtomicCheckpointIO().save_checkpoint({"w": torch.ones(1)}, other)


def test_a_run_resumes_from_the_newest_valid_checkpoint(tmp_path, caplog):
    whole, damaged = save(tmp_path, 1), save(tmp_path, 2)
    damaged.write_bytes(damaged.read_bytes()[:100])
    assert find_checkpoint(tmp_path, "auto") == whole
    assert "step_00000002.ckpt is damaged" in caplog.text
    assert f"Continuing from {whole} instead" in caplog.text
    whole.write_bytes(b"")
    with pytest.raises(RunError, match=r"All checkpoints in .* are damaged.*step_00000002\.ckpt is damaged"):
        find_checkpoint(tmp_path, "auto")


def test_a_run_folder_is_locked_by_one_process(tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(RunError, match="Another process trains in"), locked(tmp_path):
        pytest.fail("it was not locked")
    with locked(tmp_path), pytest.raises(ZeroDivisionError), locked(tmp_path / "other"):
        1 / 0  # noqa: B018


def test_an_unwritable_folder_is_an_error_at_once(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(PlaceError, match=r"file/run cannot be written: a part of its path is a file"):
        check_writable(tmp_path / "file" / "run")


def test_a_file_with_a_long_name_can_be_replaced(tmp_path):
    path = tmp_path / ("a" * 251 + ".npz")
    with replacing(path) as temporary:
        assert temporary.suffix == ".npz"
        temporary.write_text("x")
    assert path.read_text() == "x"


def test_every_writer_reports_a_full_disk(tmp_path):
    with pytest.raises(PlaceError, match="cannot be written: the disk is full"), replacing(tmp_path / "a.json"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())
