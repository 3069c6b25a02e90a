// What the page asks of the server.

export async function getJSON(path) {
  return answer(await fetch(path));
}

export async function sendJSON(path, body, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), ...options });
}

export async function answer(response) {
  if (response.ok) return response.json();
  let message = `The server answered ${response.status}.`;
  try { message = (await response.json()).error.message; } catch { /* not in the form of an error */ }
  throw new Error(message);
}

// Yields the server-sent events of a speech; throws what the server says went wrong.
export async function* speak(body, signal) {
  const options = { stream_format: "sse", response_format: "pcm" };
  const response = await sendJSON("/v1/audio/speech/detailed", { ...body, ...options }, { signal });
  if (!response.ok) await answer(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("The server broke the speech off.");
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const line of events) {
      const event = JSON.parse(line.slice(6));
      if (event.type === "error") throw new Error(event.error.message);
      yield event;
      if (event.type === "speech.audio.done") return;
    }
  }
}

export function bytes(base64) {
  return Uint8Array.from(atob(base64), c => c.charCodeAt(0));
}

export function samples(base64) {
  const view = new DataView(bytes(base64).buffer);
  return Float32Array.from({ length: view.byteLength / 2 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}
