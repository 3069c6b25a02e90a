// Pronunciations: a dialog for one word, and the list of those that are saved on the server.

import { answer, getJSON, sendJSON } from "/page/api.js";

const $ = id => document.getElementById(id);

export class Lexicon {
  constructor(options, onSaved) {
    this.options = options;  // () => voice and seed, to hear a word as the text was heard
    this.onSaved = onSaved;
    $("hear").addEventListener("click", () => this.attempt(() => this.hear()));
    $("save").addEventListener("click", () => this.attempt(() => this.save()));
    $("editor-form").addEventListener("keydown", event => {
      if (event.key !== "Enter" || event.target.id !== "pronunciation") return;
      event.preventDefault();
      this.attempt(() => this.hear());
    });
    this.list();
  }

  open(word) {  // as the text has it; phonemes is how it is said now
    this.word = word.text;
    $("editor-word").textContent = word.text;
    $("pronunciation").value = word.phonemes.map(phone => phone.symbol).join("");
    $("editor-error").textContent = "";
    $("editor").showModal();
    $("pronunciation").select();
  }

  async attempt(action) {
    $("editor-error").textContent = "";
    try { await action(); } catch (error) { $("editor-error").textContent = error.message; }
  }

  async hear() {
    const lexicon = { [this.word]: $("pronunciation").value.trim() };
    const response = await sendJSON("/v1/audio/speech", {
      ...this.options(), input: this.word, lexicon, response_format: "wav", stream: false,
    });
    if (!response.ok) await answer(response);
    const audio = new Audio(URL.createObjectURL(await response.blob()));
    await audio.play();
    document.body.dataset.heard = this.word;
  }

  async save() {
    const pronunciation = $("pronunciation").value.trim();
    await answer(await sendJSON("/v1/audio/lexicon", { word: this.word, pronunciation, voice: this.options().voice }));
    $("editor").close();
    await this.list();
    this.onSaved(this.word);
  }

  async list() {
    const { lexicon } = await getJSON("/v1/audio/lexicon"), words = Object.keys(lexicon).sort();
    $("lexicon-count").textContent = words.length;
    $("entries").replaceChildren(...words.map(word => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.textContent = "Remove";
      button.setAttribute("aria-label", `Remove ${word}`);
      button.addEventListener("click", async () => {
        await fetch(`/v1/audio/lexicon/${encodeURIComponent(word)}`, { method: "DELETE" });
        await this.list();
      });
      item.append(`${word}: ${lexicon[word]} `, button);
      return item;
    }));
  }
}
