"""Pictures of an utterance with numpy alone, if matplotlib is not installed: no axes, no labels."""

from __future__ import annotations

import struct
import zlib

import numpy as np

#: Viridis (matplotlib, in the public domain) at equal distances from 0 to 1.
VIRIDIS = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"]
WIDTH, GAP, STOP_HEIGHT = 900, 12, 60  # pixels
MEL_RANGE = (-11.5, 2.0)


def png(pixels: np.ndarray) -> bytes:
    """The file of ``pixels``, uint8: (height, width) in grey or (height, width, 3) in color."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(b)) + a + b + struct.pack(">I", zlib.crc32(a + b)) for a, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def utterance_picture(mel: np.ndarray, alignment: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Mel (M, T_mel), alignment (T_dec, T_text) and stop probability (T_dec,) under one another.

    Returns:
        (height, width, 3) uint8; time goes to the right, bands and symbols upwards.
    """
    low, high = MEL_RANGE
    panels = [_panel((mel - low) / (high - low), 2), _panel(alignment.T, max(4, 240 // alignment.shape[1]))]
    curve = np.full((STOP_HEIGHT, WIDTH, 3), 255, dtype=np.uint8)
    heights = ((1 - _stretched(stop[None])[0].clip(0, 1)) * (STOP_HEIGHT - 1)).astype(int)
    curve[heights, np.arange(WIDTH)] = 0
    between = np.full((GAP, WIDTH, 3), 255, dtype=np.uint8)
    return np.concatenate((panels[0], between, panels[1], between, curve))


def _panel(values: np.ndarray, scale: int) -> np.ndarray:
    """(rows, columns) of 0 to 1 as colors, the first row at the bottom, ``scale`` pixels for each row."""
    anchors = np.array([tuple(bytes.fromhex(color)) for color in VIRIDIS], dtype=float)
    places = np.linspace(0, 1, len(anchors))
    shown = np.repeat(_stretched(values)[::-1].clip(0, 1), scale, axis=0)
    return np.stack([np.interp(shown, places, channel) for channel in anchors.T], 2).astype(np.uint8)


def _stretched(values: np.ndarray) -> np.ndarray:
    """(rows, columns) -> (rows, WIDTH), each pixel takes the column at its position."""
    return values[:, np.arange(WIDTH) * values.shape[1] // WIDTH]
