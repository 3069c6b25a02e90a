import pytest

from tts.evaluation.result_cache import cached_json


def never():
    raise AssertionError("it was there already")


def test_a_result_is_cached_until_its_key_changes(tmp_path):
    path = tmp_path / "deep" / "one.json"
    assert cached_json(path, {"text": "a"}, lambda: {"value": 1}) == {"value": 1}
    assert cached_json(path, {"text": "a"}, never) == {"value": 1}
    assert cached_json(path, {"text": "b"}, lambda: {"value": 2}) == {"value": 2}
    assert cached_json(path, {"text": "b"}, never) == {"value": 2}
    assert [file.name for file in path.parent.iterdir()] == ["one.json"]


@pytest.mark.parametrize("content", ["", '{"made_from": {"text": "a"}, "res', "[]", "{}"])
def test_a_damaged_cache_file_is_computed_again(content, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(content)
    assert cached_json(path, {"text": "a"}, lambda: {"value": 3}) == {"value": 3}


def test_an_interruption_leaves_no_file(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_json(tmp_path / "one.json", {}, interrupt)
    assert not list(tmp_path.iterdir())
