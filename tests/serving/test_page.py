"""The web page in a headless browser: enter text, play audio, show alignments, correct words, save."""

import re

import pytest
from omegaconf import OmegaConf

from tests.configured import part
from tests.conftest import TINY, browser  # noqa: F401
from tests.serving.conftest import running
from tts.attention.stepwise_monotonic import StepwiseMonotonic
from tts.core.config import instantiate
from tts.serving.settings import Settings
from tts.voices.voice import save_voice

expect = pytest.importorskip("playwright.sync_api").expect
TEXT = "Hello there. How are you today, my good friend?"
WIDE, PHONE = {"width": 1100, "height": 1300}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def walking_voice(tmp_path_factory):
    """An untrained voice that attends to symbol after symbol and stops before the last one."""
    config = OmegaConf.create(TINY)
    config.acoustic.decoder.max_frames_per_symbol = 2
    options = {"attention_dim": 8, "initial_duration": 2.0, "inference": "median", "max_duration": 3}
    config.acoustic.decoder.attention = part(StepwiseMonotonic, _partial_=True, **options)
    return save_voice(tmp_path_factory.mktemp("voices") / "tiny", config, instantiate(config.acoustic).state_dict())


@pytest.fixture(scope="module")
def shown(walking_voice, tmp_path_factory):
    lexicon = tmp_path_factory.mktemp("page") / "words.txt"
    with running(Settings(voices=(str(walking_voice),), lexicon=lexicon)) as (url, _):
        yield url, lexicon


@pytest.fixture
def page(browser, shown):  # noqa: F811
    context = browser.new_context(viewport=WIDE, accept_downloads=True)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda said: said.type == "error" and "status of 4" not in said.text and errors.append(said.text)
    )
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(shown[0])
    page.wait_for_selector("body[data-ready]")
    yield page
    assert all(url.startswith((shown[0], "blob:", "data:")) for url in requests)
    context.close()
    assert not errors


def speak(page, text=TEXT):
    page.get_by_label("Text", exact=True).fill(text)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("body[data-done]")


def test_text_is_played_shown_and_downloaded(page, tmp_path):
    speak(page)
    assert page.locator("#words").inner_text() == TEXT
    assert page.locator("#words button").count() == 9
    page.wait_for_selector("body[data-lit]", timeout=15_000)
    assert re.search(r"s of speech: .*skipped|repeat|end", page.locator("#status").inner_text())
    assert page.locator("#faults li").count() > 0  # it stops before the last word
    assert page.locator("#words button.bad").count() > 0
    for board in ("waveform", "mel", "attention"):
        colors = "c => new Set(c.getContext('2d').getImageData(50, 0, c.width - 50, c.height).data).size"
        assert page.locator(f"#{board}").evaluate(colors) > 3
    for button, head in (("wav", b"RIFF"), ("srt", b"1\n00:00:00,"), ("vtt", b"WEBVTT")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {button}").click()
        download.value.save_as(tmp_path / button)
        assert (tmp_path / button).read_bytes().startswith(head)
        assert download.value.suggested_filename == f"speech.{button}"


def test_a_click_moves_the_cursor_and_the_sentence(page):
    speak(page)
    expect(page.locator("#play")).to_have_text("Play", timeout=15_000)  # it has been heard
    expect(page.locator("#numbers")).to_contain_text("həlˈoʊ")
    position = page.get_by_label("Position")
    position.fill(str(float(position.get_attribute("max")) - 0.3))
    expect(page.locator("#numbers")).to_contain_text("fɹˈɛnd")  # the second sentence
    page.locator("#attention").click(position={"x": 50, "y": 20})
    assert 0 < float(position.input_value()) < float(position.get_attribute("max")) - 0.1


def test_a_pronunciation_is_played_saved_and_removed(page, shown):
    speak(page)
    page.locator("#words button", has_text="there").click()
    field = page.get_by_role("textbox", name="Pronunciation")
    assert "ð" in field.input_value()
    field.fill("ж")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#editor-error")).to_contain_text("no symbol 'ж'")
    field.fill("HH AH0 L OW1")
    page.get_by_role("button", name="Hear").click()
    page.wait_for_selector("body[data-heard=there]")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#lexicon-count")).to_have_text("1")
    assert "there HH AH0 L OW1" in shown[1].read_text()
    page.evaluate("delete document.body.dataset.done")
    speak(page)
    assert page.locator("#words button", has_text="there").get_attribute("title") == "həlˈoʊ"
    page.get_by_text("Lexicon (1)").click()
    page.get_by_role("button", name="Remove there").click()
    expect(page.locator("#lexicon-count")).to_have_text("0")
    assert "there" not in shown[1].read_text().split("\n", 1)[1]


def test_errors_of_the_server_are_shown(page):
    page.get_by_label("Text", exact=True).fill("...")
    page.get_by_role("button", name="Speak").click()
    expect(page.locator("#status")).to_contain_text("no word that can be spoken")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_in_light_and_dark(page, scheme):
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    speak(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (back == "rgb(255, 255, 255)") == (scheme == "light")


def test_all_controls_have_a_name_and_keyboard_access(page):
    unnamed = """[...document.querySelectorAll('button, input, select, textarea, canvas')].filter(e =>
        !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)"""
    assert page.evaluate(unnamed) == []
    page.get_by_label("Text", exact=True).focus()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached[:4] == ["voice", "speed", "seed", "speak"]


def test_the_documentation_lists_every_path(page, shown):
    page.goto(f"{shown[0]}/docs")
    page.wait_for_selector("body[data-ready]")
    assert page.get_by_role("heading", name="POST /v1/audio/speech", exact=True).count() == 1
    assert "curl " in page.locator("pre").first.inner_text()
