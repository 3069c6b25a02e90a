// Plays samples that are still arriving: Web Audio, scheduled a little ahead of what is heard.

const AHEAD = 0.4;  // seconds that are scheduled before they are heard

export class Player {
  constructor(onTick, onEnd) {
    this.onTick = onTick;
    this.onEnd = onEnd;
    this.clear(22050);
  }

  clear(rate) {
    this.halt();
    this.rate = rate;
    this.samples = new Float32Array(0);
    this.length = 0;
    this.complete = false;
    this.start = 0;     // sample at which the current run of playing began
    this.stopped = 0;   // seconds at which it stands while it does not play
  }

  get duration() { return this.length / this.rate; }

  get position() {
    if (!this.playing) return this.stopped;
    return Math.min(this.duration, this.start / this.rate + Math.max(0, this.context.currentTime - this.began));
  }

  push(chunk) {
    if (this.length + chunk.length > this.samples.length) {
      const larger = new Float32Array(Math.max(2 * this.samples.length, this.length + chunk.length, 1 << 16));
      larger.set(this.samples.subarray(0, this.length));
      this.samples = larger;
    }
    this.samples.set(chunk, this.length);
    this.length += chunk.length;
  }

  async play(from = this.stopped) {
    this.halt();
    this.context ??= new AudioContext();
    await this.context.resume();
    this.start = this.next = Math.round(Math.min(from, this.duration) * this.rate);
    this.began = this.context.currentTime + 0.02;
    this.nodes = new Set();
    this.playing = true;
    this.frame();
  }

  pause() {
    this.stopped = this.position;
    this.halt();
    this.onTick();
  }

  seek(seconds) {
    this.stopped = Math.max(0, Math.min(seconds, this.duration));
    if (this.playing) this.play(this.stopped);
    this.onTick();
  }

  halt() {
    this.playing = false;
    for (const node of this.nodes ?? []) node.stop();
    this.nodes = new Set();
    cancelAnimationFrame(this.handle);
  }

  frame() {
    if (!this.playing) return;
    this.schedule();
    this.onTick();
    if (this.complete && this.position >= this.duration - 0.005) {
      this.stopped = 0;
      this.halt();
      this.onEnd();
      return;
    }
    this.handle = requestAnimationFrame(() => this.frame());
  }

  schedule() {
    const now = this.context.currentTime;
    const at = () => this.began + (this.next - this.start) / this.rate;
    if (at() < now) this.began += now + 0.02 - at();  // the sound did not arrive in time: wait for it, skip nothing
    while (this.next < this.length && at() < now + AHEAD) {
      const chunk = this.samples.subarray(this.next, Math.min(this.next + Math.round(this.rate / 4), this.length));
      const buffer = this.context.createBuffer(1, chunk.length, this.rate);
      buffer.copyToChannel(chunk, 0);
      const node = new AudioBufferSourceNode(this.context, { buffer });
      node.connect(this.context.destination);
      node.onended = () => this.nodes.delete(node);
      node.start(at());
      this.nodes.add(node);
      this.next += chunk.length;
    }
  }

  wav() {  // the whole as a 16-bit wav
    const view = new DataView(new ArrayBuffer(44 + 2 * this.length));
    const text = (place, word) => [...word].forEach((c, i) => view.setUint8(place + i, c.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, 36 + 2 * this.length, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, this.rate, true);
    view.setUint32(28, 2 * this.rate, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, 2 * this.length, true);
    for (let i = 0; i < this.length; i++) view.setInt16(44 + 2 * i, Math.round(32767 * this.samples[i]), true);
    return new Blob([view], { type: "audio/wav" });
  }
}
