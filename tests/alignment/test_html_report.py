"""The HTML page of alignments: its contents and, in a headless browser, its functions."""

import base64
import io
import json
import re

import numpy as np
import pytest
import soundfile
from PIL import Image

from tts.alignment import html_report as page
from tts.alignment import report

SYMBOLS = list("^kwˈɪk $")
RATE = 22050


def reading(name="short", step=100, text="quick", skip=False, heads=1):
    path = np.repeat(np.arange(len(SYMBOLS)), 4)
    path = np.where((path == 2) & skip, 1, path)
    weights = np.zeros((len(path), len(SYMBOLS)))
    weights[np.arange(len(path)), path] = 1.0
    names = ["attention"] if heads == 1 else [f"head {h}" for h in range(heads)]
    alignments = {head: weights * (1.0 - 0.5 * h) for h, head in enumerate(names)}
    mel = np.linspace(-11.5, 2.0, 8 * 64).reshape(8, 64)
    audio = 0.1 * np.sin(np.arange(RATE) * 0.1)
    health = report(weights, SYMBOLS, text)
    return page.page_entry(name, step, text, SYMBOLS, health, mel, alignments, np.linspace(0, 1, 32), audio, RATE)


def stored(path):
    lines = re.findall(r'class="reading" data-key=".*?">(.*?)</script>', path.read_text(encoding="utf-8"))
    return [json.loads(line) for line in lines]


def data(url):
    return io.BytesIO(base64.b64decode(url.partition(",")[2]))


def test_the_page_has_pictures_audio_and_verdict(tmp_path):
    (one,) = stored(page.add_readings(tmp_path / "alignments.html", [reading(skip=True)], "a run"))
    assert one["verdict"] == "/w/ in 'quick' was skipped"
    assert one["healthy"] is False
    assert one["faults"] == [{"symbols": [2, 2], "steps": [12, 12]}]
    weights = np.asarray(Image.open(data(one["alignments"][0]["image"])))
    assert weights.shape == (len(SYMBOLS), 32)
    assert weights[1, :12].tolist() == [0] * 4 + [255] * 8
    mel = np.asarray(Image.open(data(one["mel"])))
    assert (mel.shape, mel[0, 0], mel[-1, -1]) == ((8, 64), 0, 255)
    assert one["stop"][-1] == 100
    audio, rate = soundfile.read(data(one["audio"]))
    assert rate == RATE
    assert len(audio) == pytest.approx(RATE, abs=3000)  # the format pads
    assert one["seconds"] == 1.0


def test_the_page_grows_and_a_repeated_step_is_replaced(tmp_path):
    path = tmp_path / "run" / "alignments.html"
    page.add_readings(path, [reading(step=100), reading("long", 100)], "a run")
    page.add_readings(path, [reading(step=200)], "a run")
    page.add_readings(path, [reading(step=100, skip=True)], "a run")
    assert [(one["step"], one["name"], one["healthy"]) for one in stored(path)] == [
        (100, "long", True),
        (200, "short", True),
        (100, "short", False),
    ]
    assert [file.name for file in path.parent.iterdir()] == ["alignments.html"]


def test_a_text_is_escaped(tmp_path):
    wild = "</script><script>alert(1)</script> & <b>\u2028"
    path = page.add_readings(tmp_path / "a.html", [reading(name='"><b>', text=wild)], "<i>a run</i>")
    assert stored(path)[0]["text"] == wild
    text = path.read_text(encoding="utf-8")
    assert "alert(1)</script>" not in text
    assert "<title>&lt;i&gt;a run&lt;/i&gt;</title>" in text
    page.add_readings(path, [reading(name='"><b>', text="again")], "a run")
    assert [one["text"] for one in stored(path)] == ["again"]


def test_the_page_loads_no_external_files(tmp_path):
    text = page.add_readings(tmp_path / "a.html", [reading()], "a run").read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)""", text)
    assert "http" not in text


# ---- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def visit(browser, tmp_path):
    """Open a page with these alignments; any error in its script fails the test."""
    path, errors = tmp_path / "alignments.html", []
    tab = browser.new_page(viewport={"width": 1000, "height": 900})
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: errors.append(request.url) if request.url.startswith("http") else None)

    def visit(*readings, fragment=""):
        page.add_readings(path, readings, "my run: alignments")
        tab.goto("about:blank")
        tab.goto(path.as_uri() + fragment)
        tab.wait_for_selector("body[data-shown]")
        return tab

    yield visit
    tab.close()
    assert not errors


def shown(tab, wanted):
    tab.wait_for_selector(f'body[data-shown="{wanted}"]')


def color(tab, canvas, x, y):
    """Return the color at a position of a canvas; x and y are from 0 to 1 within the plot, and y points upwards."""
    return tab.evaluate(
        """([id, x, y]) => {
            const canvas = document.getElementById(id), left = 64 * canvas.width / canvas.clientWidth;
            const at = [left + x * (canvas.width - left), (1 - y) * canvas.height].map(Math.floor);
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
        }""",
        [canvas, x, y],
    )


BRIGHT, DARK = [253, 231, 37], [68, 1, 84]
RUN = [reading(step=100, skip=True), reading(step=200), reading("long", 100, "quick, quick"), reading("long", 200)]


def test_the_slider_shows_earlier_steps(visit):
    tab = visit(*RUN)
    shown(tab, "short 200 0")
    assert tab.inner_text("#title") == "my run: alignments"
    assert tab.inner_text("#step-value") == "200"
    assert tab.inner_text("#verdict") == "complete and in order"
    assert "coverage 1.000" in tab.inner_text("#numbers")
    assert color(tab, "alignment", 9.5 / 32, 2.5 / 8) == BRIGHT  # "w"
    tab.focus("#step")
    tab.keyboard.press("ArrowLeft")
    shown(tab, "short 100 0")
    assert tab.inner_text("#verdict") == "/w/ in 'quick' was skipped"
    assert color(tab, "alignment", 9.5 / 32, 2.5 / 8) == DARK
    assert color(tab, "alignment", 9.5 / 32, 1.5 / 8) == BRIGHT
    assert "healthy" not in (tab.get_attribute("#verdict", "class") or "")


def test_the_url_stores_the_selected_sentence(visit):
    tab = visit(*RUN)
    assert tab.locator("#sentence option").all_inner_texts() == ["short", "long"]
    tab.select_option("#sentence", "long")
    shown(tab, "long 200 0")
    tab.fill("#step", "0")
    shown(tab, "long 100 0")
    assert tab.inner_text("#text") == "quick, quick"
    tab.reload()
    shown(tab, "long 100 0")


def test_an_open_page_shows_new_steps(visit):
    tab = visit(*RUN)
    tab = visit(reading(step=300), fragment="#sentence=short&step=newest")
    shown(tab, "short 300 0")
    assert tab.get_attribute("#step", "max") == "2"


def test_mel_and_stop_curve_are_drawn_with_values(visit):
    tab = visit(*RUN)
    assert color(tab, "mel", 0.001, 0.01) == DARK
    assert color(tab, "mel", 0.999, 0.99) == BRIGHT
    box = tab.locator("#alignment").bounding_box()
    tab.mouse.move(box["x"] + 64 + (box["width"] - 64) * 9.5 / 32, box["y"] + box["height"] * (1 - 2.5 / 8))
    assert tab.inner_text("#where") == "0.30 s, decoder step 9 'w' (2): weight 1.00"
    box = tab.locator("#stop").bounding_box()
    tab.mouse.move(box["x"] + box["width"] - 2, box["y"] + 20)
    assert "stop probability 1.00" in tab.inner_text("#where")


def test_audio_is_played_and_a_click_moves_the_position(visit):
    tab = visit(*RUN)
    tab.wait_for_function("document.getElementById('audio').readyState >= 2")
    assert tab.evaluate("document.getElementById('audio').duration") == pytest.approx(1.0, abs=0.15)
    box = tab.locator("#mel").bounding_box()
    tab.mouse.click(box["x"] + 64 + (box["width"] - 64) / 2, box["y"] + 20)
    tab.wait_for_function("document.getElementById('audio').currentTime >= 0.4")


def test_every_head_can_be_selected(visit):
    tab = visit(reading(heads=2, step=None))
    assert tab.locator("#head option").all_inner_texts() == ["head 0", "head 1"]
    assert not tab.locator("#step").is_visible()
    tab.select_option("#head", "1")
    shown(tab, "short null 1")
    middle = color(tab, "alignment", 9.5 / 32, 2.5 / 8)
    assert middle not in (BRIGHT, DARK)
