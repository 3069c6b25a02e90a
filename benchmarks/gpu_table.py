"""The table of ``benchmarks/gpu.sh``: ``python benchmarks/gpu_table.py ROWS``, without torch, so that it costs nothing.

A row of the file is a step, its result, its seconds and its log, parted by tabs. Of a log the table shows the lines
that begin with NOTE, the speed and the memory of a training, and what a step that failed said last.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ERRORS = re.compile(r"^(?:BAD|tts\.train: |error: |\w+(?:Error|Exception)\b).*", re.M)


def row(name: str, result: str, seconds: str, log: str) -> Iterator[str]:
    """The lines of a step."""
    text = Path(log).read_text(errors="replace") if Path(log).is_file() else ""
    speeds = sorted(float(x.replace(",", "")) for x in re.findall(r"([\d,]+) mel frames/s", text)[1:])
    speed = f"{speeds[len(speeds) // 2]:,.0f}" if speeds else ""
    peak = ["", *re.findall(r"PEAK (\d+) MiB", text)][-1]
    notes = re.findall(r"^NOTE (.*)", text, re.M) or ([log] if result == "SKIP" else [""])
    notes += ERRORS.findall(text)[-4:] if result.startswith("FAIL") else []
    yield f"{name:18s} {result:9s} {seconds:>6s}  {speed:>10s} {peak:>7s}  {notes[0][:160]}".rstrip()
    yield from (" " * 57 + more[:200] for more in notes[1:40])
    if name == "bench":
        yield from (f"    {line}" for line in text.splitlines() if re.search(r"batch \d|\d x ", line))


if __name__ == "__main__":
    print(f"{'step':18s} {'result':9s} {'s':>6s}  {'frames/s':>10s} {'MiB':>7s}  notes")
    for line in Path(sys.argv[1]).read_text().splitlines():
        print("\n".join(row(*line.split("\t"))))
