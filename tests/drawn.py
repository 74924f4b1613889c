"""Digits drawn by hand, as strokes: pictures for `minigrad predict` that no scanner made.

A stroke is a list of points in a box of width 1 and height 1, y downwards; `arc` bends one around a centre. Each digit
has two or three forms that people write.
"""

from __future__ import annotations

import math
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

Point = tuple[float, float]
Stroke = list[Point]


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> Stroke:
    """Points of an ellipse from one angle to another, in degrees, clockwise from the right."""
    steps = max(2, int(abs(end - start) / 6))
    turns = [math.radians(start + (end - start) * k / steps) for k in range(steps + 1)]
    return [(cx + rx * math.cos(t), cy + ry * math.sin(t)) for t in turns]


FORMS: dict[int, list[list[Stroke]]] = {
    0: [
        [arc(0.5, 0.5, 0.32, 0.48, -90, 270)],
        [arc(0.5, 0.5, 0.42, 0.48, -60, 285)],
        [arc(0.5, 0.5, 0.25, 0.5, -100, 265)],
    ],
    1: [
        [[(0.5, 0.02), (0.5, 0.98)]],
        [[(0.3, 0.25), (0.52, 0.03), (0.52, 0.98)]],
        [[(0.6, 0.02), (0.45, 0.98)]],
    ],
    2: [
        [[*arc(0.5, 0.28, 0.32, 0.27, -170, 30), (0.2, 0.96), (0.85, 0.96)]],
        [[*arc(0.48, 0.27, 0.3, 0.25, -160, 50), (0.18, 0.92), (0.45, 0.88), (0.88, 0.98)]],
        [[(0.2, 0.1), *arc(0.5, 0.26, 0.3, 0.24, -110, 40), *arc(0.3, 0.88, 0.1, 0.08, 60, 300), (0.85, 0.95)]],
    ],
    3: [
        [[*arc(0.45, 0.26, 0.3, 0.24, -150, 90), *arc(0.45, 0.74, 0.36, 0.24, -90, 150)]],
        [[*arc(0.42, 0.27, 0.32, 0.25, -140, 80), *arc(0.42, 0.73, 0.34, 0.25, -80, 140)]],
        [[(0.2, 0.04), (0.78, 0.04), (0.45, 0.4), *arc(0.45, 0.69, 0.34, 0.29, -85, 150)]],
    ],
    4: [
        [[(0.62, 0.02), (0.12, 0.65), (0.9, 0.65)], [(0.65, 0.3), (0.65, 0.98)]],
        [[(0.25, 0.04), (0.18, 0.5), (0.82, 0.5)], [(0.75, 0.04), (0.72, 0.98)]],
        [[(0.65, 0.98), (0.65, 0.02), (0.1, 0.62), (0.92, 0.62)]],
    ],
    5: [
        [[(0.8, 0.04), (0.28, 0.04), (0.24, 0.45), *arc(0.45, 0.68, 0.34, 0.28, -125, 145)]],
        [[(0.26, 0.08), (0.24, 0.44), *arc(0.43, 0.69, 0.35, 0.28, -120, 140)], [(0.26, 0.06), (0.82, 0.05)]],
        [[(0.82, 0.02), (0.3, 0.03), (0.25, 0.42), *arc(0.44, 0.66, 0.36, 0.3, -110, 120), (0.15, 0.95)]],
    ],
    6: [
        [[(0.68, 0.03), *arc(0.52, 0.68, 0.34, 0.3, -160, -180), *arc(0.5, 0.7, 0.32, 0.27, 180, -180)]],
        [[(0.6, 0.02), (0.32, 0.4), *arc(0.48, 0.72, 0.26, 0.25, 190, -170)]],
        [[*arc(0.75, 0.6, 0.55, 0.58, -110, -180), *arc(0.5, 0.7, 0.3, 0.27, 180, -160)]],
    ],
    7: [
        [[(0.12, 0.05), (0.85, 0.05), (0.38, 0.98)]],
        [[(0.15, 0.06), (0.85, 0.06), (0.45, 0.98)], [(0.3, 0.5), (0.82, 0.48)]],
        [[(0.15, 0.16), (0.17, 0.05), (0.84, 0.05), (0.55, 0.5), (0.48, 0.98)]],
    ],
    8: [
        [arc(0.5, 0.26, 0.25, 0.24, 90, 450), arc(0.5, 0.74, 0.31, 0.25, -90, 270)],
        [arc(0.5, 0.25, 0.28, 0.23, 90, 450), arc(0.5, 0.73, 0.28, 0.26, -90, 270)],
        [[*arc(0.52, 0.26, 0.26, 0.24, -40, -270), *arc(0.5, 0.74, 0.3, 0.24, -90, 270), (0.72, 0.1)]],
    ],
    9: [
        [arc(0.48, 0.3, 0.3, 0.27, 0, 360), [(0.78, 0.25), (0.7, 0.98)]],
        [[*arc(0.5, 0.29, 0.28, 0.26, -20, -360), (0.78, 0.3), (0.76, 0.98)]],
        [[*arc(0.48, 0.28, 0.29, 0.26, -10, -360), *arc(0.4, 0.6, 0.37, 0.36, -30, 110)]],
    ],
}


LATER: dict[int, list[list[Stroke]]] = {  # drawn when `minigrad.predict` was finished, and never tuned for
    0: [
        [[(0.62, 0.03), *arc(0.5, 0.5, 0.3, 0.46, -75, -410), (0.45, 0.1)]],
        [arc(0.5, 0.5, 0.48, 0.46, 0, 360)],
    ],
    1: [
        [[(0.25, 0.3), (0.55, 0.02), (0.5, 0.97)], [(0.3, 0.97), (0.72, 0.97)]],
        [[(0.42, 0.16), (0.55, 0.04), (0.58, 0.98)]],
    ],
    2: [
        [[(0.15, 0.25), (0.3, 0.06), (0.6, 0.03), (0.8, 0.2), (0.7, 0.45), (0.15, 0.97), (0.88, 0.93)]],
        [[*arc(0.46, 0.3, 0.34, 0.28, -150, 60), (0.32, 0.8), (0.15, 0.95), (0.4, 0.9), (0.7, 0.98), (0.9, 0.88)]],
    ],
    3: [
        [[(0.18, 0.1), (0.5, 0.02), (0.75, 0.18), (0.6, 0.4), (0.4, 0.46), (0.72, 0.56), (0.8, 0.78), (0.5, 0.98), (0.12, 0.9)]],
        [[*arc(0.48, 0.24, 0.28, 0.22, -160, 80), (0.4, 0.47), *arc(0.46, 0.72, 0.36, 0.25, -90, 160)]],
    ],
    4: [
        [[(0.45, 0.02), (0.12, 0.55), (0.85, 0.52)], [(0.6, 0.28), (0.55, 0.98)]],
        [[(0.38, 0.03), (0.15, 0.6), (0.9, 0.58)], [(0.68, 0.35), (0.6, 0.98)]],
    ],
    5: [
        [[(0.78, 0.06), (0.3, 0.06), (0.26, 0.4), (0.55, 0.38), (0.78, 0.58), (0.7, 0.86), (0.4, 0.98), (0.15, 0.88)]],
        [[(0.3, 0.05), (0.27, 0.43), *arc(0.42, 0.7, 0.33, 0.27, -115, 150)], [(0.3, 0.05), (0.75, 0.02)]],
    ],
    6: [
        [[(0.7, 0.06), (0.4, 0.25), (0.22, 0.6), *arc(0.5, 0.73, 0.28, 0.24, 180, -150)]],
        [[(0.5, 0.02), (0.3, 0.35), (0.22, 0.7), (0.35, 0.95), (0.65, 0.95), (0.78, 0.75), (0.6, 0.55), (0.3, 0.65)]],
    ],
    7: [
        [[(0.1, 0.08), (0.82, 0.04), (0.5, 0.45), (0.35, 0.98)], [(0.25, 0.5), (0.7, 0.46)]],
        [[(0.12, 0.04), (0.86, 0.07), (0.6, 0.4), (0.42, 0.98)]],
    ],
    8: [
        [[(0.75, 0.14), (0.5, 0.03), (0.28, 0.18), (0.4, 0.42), (0.7, 0.62), (0.72, 0.88), (0.48, 0.98), (0.25, 0.85), (0.3, 0.65), (0.62, 0.42), (0.75, 0.14)]],
        [arc(0.52, 0.24, 0.22, 0.22, 0, 360), arc(0.48, 0.72, 0.3, 0.26, 0, 360)],
    ],
    9: [
        [[(0.78, 0.15), (0.5, 0.03), (0.24, 0.2), (0.3, 0.48), (0.6, 0.48), (0.78, 0.2), (0.72, 0.6), (0.6, 0.98)]],
        [[*arc(0.5, 0.28, 0.27, 0.25, -15, -360), (0.74, 0.6), (0.55, 0.9), (0.3, 0.97)]],
    ],
}


def draw(
    digit: int,
    form: int = 0,
    *,
    size: tuple[int, int] = (100, 100),
    box: tuple[float, float, float, float] = (0.3, 0.2, 0.4, 0.6),
    pen: float = 0.08,
    ink: Any = 0,
    paper: Any = 255,
    mode: str = "L",
    turn: float = 0.0,
) -> Image.Image:
    """A picture of a digit.

    Args:
        box: left, top, width and height of the digit's box, as parts of the picture.
        pen: the stroke's width, as a part of the digit's height.
        ink, paper: colours of `mode`.
        turn: by how many degrees the digit is turned.
    """
    fine = max(1, 800 // max(size))
    w, h = size[0] * fine, size[1] * fine
    mask = Image.new("L", (w, h))
    canvas = ImageDraw.Draw(mask)
    left, top, width, height = box[0] * w, box[1] * h, box[2] * w, box[3] * h
    radius = pen * height / 2
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    for stroke in (FORMS[digit] + LATER[digit])[form]:
        points = []
        for x, y in stroke:
            dx, dy = (x - 0.5) * width, (y - 0.5) * height
            points.append((left + width / 2 + dx * cos - dy * sin, top + height / 2 + dx * sin + dy * cos))
        canvas.line(points, fill=255, width=max(1, round(2 * radius)))
        for x, y in points:
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    mask = mask.resize(size, Image.Resampling.BOX)
    picture = Image.new(mode, size, paper)
    picture.paste(Image.new(mode, size, ink), mask=mask)
    return picture


def speckled(picture: Image.Image, amount: float) -> Image.Image:
    """A picture in L with the noise of a bad camera, and blurred a little."""
    noise = Image.effect_noise(picture.size, amount)
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), noise, 0.25)
