// Waveform, mel and attention of one sentence on one time axis, with a cursor where the sound is.

import { bytes } from "/page/api.js";

const LEFT = 44;  // CSS pixels for the labels of the phonemes
const STOPS = [[13, 17, 38], [62, 44, 122], [178, 58, 105], [240, 136, 62], [252, 240, 165]];
const COLORS = Array.from({ length: 256 }, (_, value) => {
  const place = value / 255 * (STOPS.length - 1), low = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[low].map((c, i) => Math.round(c + (place - low) * (STOPS[low + 1][i] - c)));
});

function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function picture({ shape: [rows, columns], data }, transposed, gain = 1) {  // a canvas, the first row at the bottom
  const values = bytes(data), [width, height] = transposed ? [rows, columns] : [columns, rows];
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let x = 0; x < width; x++) for (let y = 0; y < height; y++) {
    const value = Math.min(255, gain * values[transposed ? x * columns + y : y * columns + x]);
    image.data.set([...COLORS[Math.round(value)], 255], 4 * ((height - 1 - y) * width + x));
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export class Figures {
  constructor(player, onSeek) {
    this.player = player;
    this.boards = ["waveform", "mel", "attention"].map(id => document.getElementById(id));
    for (const board of this.boards) {
      board.addEventListener("click", event => {
        const share = (event.offsetX - LEFT) / (board.clientWidth - LEFT);
        if (this.sentence && share >= 0) onSeek(this.sentence.start + share * (this.sentence.end - this.sentence.start));
      });
    }
    new ResizeObserver(() => this.draw()).observe(this.boards[0]);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(sentence) {
    if (sentence === this.sentence) return;
    this.sentence = sentence;
    this.pictures = sentence && { mel: picture(sentence.mel, false), attention: picture(sentence.alignment, true, 1.3) };
    this.draw();
  }

  draw() {
    if (!this.sentence) return;
    this.layers = this.boards.map(board => this.layer(board));
    this.cursor();
  }

  layer(board) {  // everything but the cursor, drawn once
    const ratio = devicePixelRatio || 1, width = board.clientWidth, height = board.clientHeight;
    const layer = new OffscreenCanvas(Math.max(1, width * ratio), Math.max(1, height * ratio));
    const context = layer.getContext("2d");
    context.scale(ratio, ratio);
    if (board.id === "waveform") this.wave(context, width, height);
    else {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.pictures[board.id], LEFT, 0, width - LEFT, height);
    }
    if (board.id === "attention") this.labels(context, width, height);
    return layer;
  }

  wave(context, width, height) {
    const { start, end } = this.sentence, { samples, rate, length } = this.player;
    const first = Math.round(start * rate), per = (end - start) * rate / (width - LEFT);
    context.fillStyle = css("--accent");
    for (let x = 0; x < width - LEFT; x++) {
      let high = 0;
      for (let i = Math.floor(first + x * per); i < Math.min(first + (x + 1) * per, length); i++) high = Math.max(high, Math.abs(samples[i]));
      context.fillRect(LEFT + x, height / 2 - high * height / 2, 1, Math.max(1, high * height));
    }
  }

  labels(context, width, height) {
    const { symbols, report } = this.sentence, row = height / symbols.length, every = Math.max(1, Math.ceil(11 / row));
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    symbols.forEach((symbol, j) => {
      const bad = report.faults.some(fault => fault.symbols[0] <= j && j <= fault.symbols[1]);
      context.fillStyle = css(bad ? "--bad" : "--soft");
      if (bad || j % every === 0) context.fillText(symbol === " " ? "␣" : symbol, LEFT - 6, height - (j + .5) * row);
    });
    context.strokeStyle = css("--cursor");
    for (const { symbols: [low, high], steps: [begin, end] } of report.faults) {
      const scale = (width - LEFT) / this.sentence.alignment.shape[0];
      context.strokeRect(LEFT + begin * scale, height - (high + 1) * row, Math.max(3, (end - begin) * scale), (high + 1 - low) * row);
    }
  }

  cursor() {
    if (!this.layers) return;
    const { start, end } = this.sentence, share = (this.player.position - start) / (end - start);
    this.boards.forEach((board, i) => {
      const layer = this.layers[i], context = board.getContext("2d");
      if (board.width !== layer.width || board.height !== layer.height) [board.width, board.height] = [layer.width, layer.height];
      context.clearRect(0, 0, board.width, board.height);
      context.drawImage(layer, 0, 0);
      if (share < 0 || share > 1) return;
      const ratio = devicePixelRatio || 1;
      context.fillStyle = css("--cursor");
      context.fillRect((LEFT + share * (board.width / ratio - LEFT)) * ratio - ratio, 0, 2 * ratio, board.height);
    });
  }
}
