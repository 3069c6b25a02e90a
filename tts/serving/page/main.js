// The page: a text in, its speech out, while it is made.

import { getJSON, samples, speak } from "/page/api.js";
import { Figures } from "/page/figures.js";
import { Lexicon } from "/page/lexicon.js";
import { Player } from "/page/player.js";

const $ = id => document.getElementById(id);
const player = new Player(tick, () => { $("play").textContent = "Play"; tick(); });
const figures = new Figures(player, seconds => player.seek(seconds));
const lexicon = new Lexicon(options, word => { say(`Saved how "${word}" is said. Speak again to hear the text with it.`); });
let voices = [], spoken = null, running = null;

function say(message) { $("status").textContent = message; }
function options() { return { voice: $("voice").value, seed: Number($("seed").value) || 0 }; }

async function start() {
  running?.abort();
  const mine = running = new AbortController(), text = $("text").value, began = performance.now();
  const rate = voices.find(voice => voice.id === $("voice").value)?.sample_rate ?? 22050;
  spoken = { text, sentences: [], buttons: [], done: null };
  player.clear(rate);
  show();
  say("Reading…");
  $("stop").disabled = false;
  try {
    const body = { ...options(), input: text, speed: Number($("speed").value), sample_rate: rate };
    for await (const event of speak(body, mine.signal)) receive(event, began);
  } catch (error) {
    if (mine === running) say(error.name === "AbortError" ? "Stopped." : error.message);
  }
  if (mine !== running) return;
  player.complete = true;
  $("stop").disabled = true;
}

function receive(event, began) {
  if (event.type === "speech.sentence") {
    spoken.sentences.push(event);
    show();
  } else if (event.type === "speech.audio.delta") {
    player.push(samples(event.audio));
    if (!player.playing && !spoken.heard) {
      spoken.heard = true;
      player.play(0);
      $("play").textContent = "Pause";
      say(`First sound after ${Math.round(performance.now() - began)} ms.`);
    }
    figures.draw();
  } else {
    spoken.done = event;
    show();
    say(`${event.duration.toFixed(1)} s of speech: ${event.verdict}`);
    document.body.dataset.done = spoken.sentences.length;
  }
}

function show() {
  $("result").hidden = !spoken.sentences.length;
  const faults = spoken.sentences.flatMap(sentence => sentence.report.faults.map(fault => ({ sentence, fault })));
  $("faults").hidden = !faults.length;
  $("faults").querySelector("ul").replaceChildren(...faults.map(({ sentence, fault }) => {
    const item = document.createElement("li");
    item.textContent = `${fault.message} (“${sentence.text.trim()}”)`;
    return item;
  }));
  $("words").replaceChildren(...wordNodes());
  for (const id of ["save-wav", "save-srt", "save-vtt"]) $(id).disabled = !spoken.done;
  tick();
}

function wordNodes() {  // the text as it was written, its words as buttons
  const nodes = [];
  let at = 0;
  spoken.buttons = [];
  for (const sentence of spoken.sentences) for (const word of sentence.words) {
    nodes.push(plain(spoken.text.slice(at, word.span[0])));
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = spoken.text.slice(...word.span);
    button.classList.toggle("bad", isFaulty(sentence, word));
    button.title = word.phonemes.map(phone => phone.symbol).join("");
    button.addEventListener("click", () => { player.pause(); $("play").textContent = "Play"; lexicon.open(word); });
    spoken.buttons.push({ button, word });
    nodes.push(button);
    at = word.span[1];
  }
  return [...nodes, plain(spoken.done ? spoken.text.slice(at) : "")];
}

function isFaulty(sentence, word) {  // whether it is heard where a fault is; skipped words are heard for no time there
  const steps = sentence.alignment.shape[0] / (sentence.end - sentence.start);
  const [start, end] = [word.start, word.end].map(seconds => (seconds - sentence.start) * steps);
  return sentence.report.faults.some(({ steps: [begin, last] }) => start < Math.max(last, begin + 1) && begin - 1 < end);
}

function plain(text) { return text.replace(/<[^>]*>/g, ""); }

function tick() {
  const { position, duration } = player;
  $("position").max = duration.toFixed(2);
  $("position").value = position.toFixed(2);
  $("position").setAttribute("aria-valuetext", `${position.toFixed(1)} of ${duration.toFixed(1)} seconds`);
  $("clock").textContent = `${position.toFixed(1)} / ${duration.toFixed(1)} s`;
  const sentences = spoken?.sentences ?? [];
  const sentence = sentences.findLast(one => one.start <= position + 1e-3) ?? sentences[0];
  if (!sentence) return;
  for (const { button, word } of spoken.buttons) {
    const lit = position > 0 && word.start <= position && position < word.end;
    button.classList.toggle("lit", lit);
    if (lit) document.body.dataset.lit = button.textContent;
  }
  figures.show(sentence);
  figures.cursor();
  const { focus, coverage, path_mass: mass } = sentence.report;
  $("numbers").textContent = `focus ${focus.toFixed(2)} · coverage ${coverage.toFixed(2)} · path mass ${mass.toFixed(2)} · ${sentence.phonemes}`;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

$("form").addEventListener("submit", event => { event.preventDefault(); start(); });
$("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});
$("stop").addEventListener("click", () => { running?.abort(); player.pause(); $("play").textContent = "Play"; });
$("play").addEventListener("click", () => {
  const pausing = player.playing;
  if (pausing) player.pause(); else player.play();
  $("play").textContent = pausing ? "Play" : "Pause";
});
$("position").addEventListener("input", event => player.seek(Number(event.target.value)));
$("speed").addEventListener("input", event => { $("speed-value").textContent = Number(event.target.value).toFixed(2); });
$("save-wav").addEventListener("click", () => download(player.wav(), "speech.wav"));
for (const suffix of ["srt", "vtt"]) {
  $(`save-${suffix}`).addEventListener("click", () => download(new Blob([spoken.done.captions[suffix]], { type: "text/plain" }), `speech.${suffix}`));
}

const listed = await getJSON("/v1/audio/voices");
voices = listed.voices;
$("voice").replaceChildren(...voices.map(voice => new Option(voice.language ? `${voice.name} (${voice.language})` : voice.name, voice.id)));
document.body.dataset.ready = "yes";
