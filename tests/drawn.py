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


def path(points: str) -> Stroke:
    """Points given as "x,y x,y", in hundredths of the box."""
    return [(int(x) / 100, int(y) / 100) for x, y in (point.split(",") for point in points.split())]


FORMS: dict[int, list[list[Stroke]]] = {
    0: [
        [arc(0.5, 0.5, 0.32, 0.48, -90, 270)],
        [arc(0.5, 0.5, 0.42, 0.48, -60, 285)],
        [arc(0.5, 0.5, 0.25, 0.5, -100, 265)],
    ],
    1: [[path("50,2 50,98")], [path("30,25 52,3 52,98")], [path("60,2 45,98")]],
    2: [
        [[*arc(0.5, 0.28, 0.32, 0.27, -170, 30), *path("20,96 85,96")]],
        [[*arc(0.48, 0.27, 0.3, 0.25, -160, 50), *path("18,92 45,88 88,98")]],
        [
            [
                *path("20,10"),
                *arc(0.5, 0.26, 0.3, 0.24, -110, 40),
                *arc(0.3, 0.88, 0.1, 0.08, 60, 300),
                *path("85,95"),
            ]
        ],
    ],
    3: [
        [[*arc(0.45, 0.26, 0.3, 0.24, -150, 90), *arc(0.45, 0.74, 0.36, 0.24, -90, 150)]],
        [[*arc(0.42, 0.27, 0.32, 0.25, -140, 80), *arc(0.42, 0.73, 0.34, 0.25, -80, 140)]],
        [[*path("20,4 78,4 45,40"), *arc(0.45, 0.69, 0.34, 0.29, -85, 150)]],
    ],
    4: [
        [path("62,2 12,65 90,65"), path("65,30 65,98")],
        [path("25,4 18,50 82,50"), path("75,4 72,98")],
        [path("65,98 65,2 10,62 92,62")],
    ],
    5: [
        [[*path("80,4 28,4 24,45"), *arc(0.45, 0.68, 0.34, 0.28, -125, 145)]],
        [[*path("26,8 24,44"), *arc(0.43, 0.69, 0.35, 0.28, -120, 140)], path("26,6 82,5")],
        [[*path("82,2 30,3 25,42"), *arc(0.44, 0.66, 0.36, 0.3, -110, 120), *path("15,95")]],
    ],
    6: [
        [[*path("68,3"), *arc(0.52, 0.68, 0.34, 0.3, -160, -180), *arc(0.5, 0.7, 0.32, 0.27, 180, -180)]],
        [[*path("60,2 32,40"), *arc(0.48, 0.72, 0.26, 0.25, 190, -170)]],
        [[*arc(0.75, 0.6, 0.55, 0.58, -110, -180), *arc(0.5, 0.7, 0.3, 0.27, 180, -160)]],
    ],
    7: [
        [path("12,5 85,5 38,98")],
        [path("15,6 85,6 45,98"), path("30,50 82,48")],
        [path("15,16 17,5 84,5 55,50 48,98")],
    ],
    8: [
        [arc(0.5, 0.26, 0.25, 0.24, 90, 450), arc(0.5, 0.74, 0.31, 0.25, -90, 270)],
        [arc(0.5, 0.25, 0.28, 0.23, 90, 450), arc(0.5, 0.73, 0.28, 0.26, -90, 270)],
        [[*arc(0.52, 0.26, 0.26, 0.24, -40, -270), *arc(0.5, 0.74, 0.3, 0.24, -90, 270), *path("72,10")]],
    ],
    9: [
        [arc(0.48, 0.3, 0.3, 0.27, 0, 360), path("78,25 70,98")],
        [[*arc(0.5, 0.29, 0.28, 0.26, -20, -360), *path("78,30 76,98")]],
        [[*arc(0.48, 0.28, 0.29, 0.26, -10, -360), *arc(0.4, 0.6, 0.37, 0.36, -30, 110)]],
    ],
}


LATER: dict[int, list[list[Stroke]]] = {  # drawn after the first version of `minigrad.predict`
    0: [
        [[*path("62,3"), *arc(0.5, 0.5, 0.3, 0.46, -75, -410), *path("45,10")]],
        [arc(0.5, 0.5, 0.48, 0.46, 0, 360)],
    ],
    1: [[path("25,30 55,2 50,97"), path("30,97 72,97")], [path("42,16 55,4 58,98")]],
    2: [
        [path("15,25 30,6 60,3 80,20 70,45 15,97 88,93")],
        [[*arc(0.46, 0.3, 0.34, 0.28, -150, 60), *path("32,80 15,95 40,90 70,98 90,88")]],
    ],
    3: [
        [path("18,10 50,2 75,18 60,40 40,46 72,56 80,78 50,98 12,90")],
        [[*arc(0.48, 0.24, 0.28, 0.22, -160, 80), *path("40,47"), *arc(0.46, 0.72, 0.36, 0.25, -90, 160)]],
    ],
    4: [[path("45,2 12,55 85,52"), path("60,28 55,98")], [path("38,3 15,60 90,58"), path("68,35 60,98")]],
    5: [
        [path("78,6 30,6 26,40 55,38 78,58 70,86 40,98 15,88")],
        [[*path("30,5 27,43"), *arc(0.42, 0.7, 0.33, 0.27, -115, 150)], path("30,5 75,2")],
    ],
    6: [
        [[*path("70,6 40,25 22,60"), *arc(0.5, 0.73, 0.28, 0.24, 180, -150)]],
        [path("50,2 30,35 22,70 35,95 65,95 78,75 60,55 30,65")],
    ],
    7: [[path("10,8 82,4 50,45 35,98"), path("25,50 70,46")], [path("12,4 86,7 60,40 42,98")]],
    8: [
        [path("75,14 50,3 28,18 40,42 70,62 72,88 48,98 25,85 30,65 62,42 75,14")],
        [arc(0.52, 0.24, 0.22, 0.22, 0, 360), arc(0.48, 0.72, 0.3, 0.26, 0, 360)],
    ],
    9: [
        [path("78,15 50,3 24,20 30,48 60,48 78,20 72,60 60,98")],
        [[*arc(0.5, 0.28, 0.27, 0.25, -15, -360), *path("74,60 55,90 30,97")]],
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
