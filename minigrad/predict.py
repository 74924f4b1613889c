"""From any picture of one digit to what the network was trained on, and what the network makes of it.

The scans of the training set come from bitmaps in which each digit was stretched to a box of 20 x 32, thinned or
thickened to about the same amount of ink, and sheared so that its first and its last row begin in one column; their
8 x 8 pixels count the ink of 4 x 4 blocks. A picture goes the same way.

Source: Garris et al. 1994, "NIST form-based handprint recognition system", NISTIR 5469.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from .autograd import no_grad
from .data.digits import COUNT, FILE, read, to_size
from .errors import FileError, IndexingError, StateError, require
from .functional import softmax
from .io import load_tensors
from .io.checkpoint import differences
from .tensor import tensor
from .trainer import MODELS, SIDE

Array = Any

LONGEST = 512  # pixels of a picture's longer side that are worth looking at
FAINT = 0.08  # of the distance from black to white: weaker marks than this are not ink
SPECK = 0.06  # of the largest piece of ink: smaller pieces are dirt
FRAME, WIDTH, HEIGHT = 32, 20, 32  # the bitmaps' frame, and the box of the digit in it
INK = 312  # pixels of ink in a bitmap: the mean of the training scans, which differ little in this
STRETCH = 1.7  # how much wider than in the picture a narrow digit may become
MARGIN = 6  # at both sides of the box, into which thin strokes grow


def read_picture(path: str) -> Array:
    """The picture in a file as colours and opacity, at most 512 pixels long.

    Shapes:
        -> (H, W, 4), each from 0 to 1: red, green, blue, opacity

    Raises:
        FileError: if there is no such file, or it is not a picture that can be read.
        MissingDependency: if Pillow is not installed.
    """
    if not os.path.isfile(path):
        raise FileError(
            f"predict: {path} is {'a folder' if os.path.isdir(path) else 'not there'}; give a picture"
        )
    image_of: Any = require("PIL.Image", "reading a picture", "cli")
    upright: Any = require("PIL.ImageOps", "reading a picture", "cli")
    try:
        with warnings.catch_warnings(), image_of.open(path) as image:
            warnings.simplefilter("error", image_of.DecompressionBombWarning)
            return colours(upright.exif_transpose(image), image_of.Resampling.BOX)
    except (image_of.DecompressionBombWarning, image_of.DecompressionBombError):
        raise FileError(f"predict: {path} has too many pixels; give a smaller picture of the digit") from None
    except Exception as error:  # a broken file can make its decoder raise anything
        raise FileError(f"predict: {path} is not a picture that can be read") from error


def colours(image: Any, box: Any) -> Array:
    """A Pillow image of any mode as (H, W, 4) from 0 to 1."""
    deep = image.mode[0] in "IF"  # 16 or 32 bits, which a conversion to RGBA would cut off
    image = image.convert("F" if deep else "RGBA")
    most = image.getextrema()[1]
    shrink = max(image.size) / LONGEST
    if shrink > 1:
        image = image.resize([max(1, round(extent / shrink)) for extent in image.size], box)
    if not deep:
        return np.asarray(image, np.float32) / 255
    gray = np.asarray(image, np.float32) / next(
        (white for white in (1, 255, 1023, 4095, 16383, 65535) if most <= white), most
    )
    if not np.isfinite(gray).all():
        raise ValueError("pixels that are not numbers")
    return np.stack([gray, gray, gray, np.ones_like(gray)], 2)


def ink(picture: Array) -> Array:
    """How much ink each pixel has: its distance in colour from the paper, whichever of the two is darker.

    Shapes:
        picture (H, W, 4) -> (H, W) from 0 to 1

    Raises:
        FileError: if the picture is blank.
    """
    strength = distance_from_paper(over_paper(picture))
    threshold = otsu(strength)
    mask = strength > threshold
    full = np.median(strength[mask]) if mask.any() else 0.0
    if full - np.median(strength[~mask]) < FAINT:
        raise FileError("predict: the picture is blank: there is no digit in it")
    near = spread(without_specks(mask))  # a stroke's soft edge lies next to it, below the threshold
    return np.where(near, np.clip(strength / full, 0, 1), 0)


def spread(values: Array) -> Array:
    """The largest value among each pixel and its eight neighbours."""
    framed = np.pad(values, 1)
    rows = np.maximum(np.maximum(framed[:-2], framed[1:-1]), framed[2:])
    return np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def over_paper(picture: Array) -> Array:
    """The picture laid on paper where it lets light through.

    Paper is what the opaque part has most of, if that is a full rectangle with a drawing in it; otherwise the opaque
    part is the ink, and the paper black or white, whichever is farther from it.

    Shapes:
        picture (H, W, 4) -> (H, W, 3)
    """
    colour, opacity = picture[:, :, :3], picture[:, :, 3:]
    solid = opacity[:, :, 0] > 0.5
    if solid.all() or not solid.any():
        return colour * opacity
    rows, columns = extent(solid)
    drawn = colour[solid]
    if (
        solid[rows, columns].mean() > 0.9
        and np.ptp(np.percentile(drawn, [2, 98], axis=0), axis=0).max() > 2 * FAINT
    ):
        paper = np.median(drawn, axis=0)
    else:
        paper = np.float32(drawn.mean() < 0.5)
    return colour * opacity + paper * (1 - opacity)


def distance_from_paper(colour: Array) -> Array:
    """How far each pixel is from the paper's colour, which may change evenly across the picture.

    The paper is the plane through the border's colours, without the fifth of the border that fits it worst.

    Shapes:
        colour (H, W, 3) -> (H, W), at most about 1
    """
    h, w, _ = colour.shape
    y, x = np.mgrid[0:h, 0:w]
    place = np.stack([np.ones((h, w)), y / max(h, 1) - 0.5, x / max(w, 1) - 0.5], 2)
    ring = np.minimum(np.minimum(y, h - 1 - y), np.minimum(x, w - 1 - x)) <= max(h, w) // 50
    at, seen = place[ring], colour[ring]
    worst = np.linalg.norm(seen - np.median(seen, axis=0), axis=1)
    for _ in range(2):
        good = worst <= np.quantile(worst, 0.8)
        plane = np.linalg.lstsq(at[good], seen[good], rcond=None)[0]
        worst = np.linalg.norm(seen - at @ plane, axis=1)
    return np.linalg.norm(colour - place @ plane, axis=2) / np.sqrt(3)


def otsu(values: Array) -> float:
    """The threshold that parts values best into two classes.

    Source: Otsu 1979, "A threshold selection method from gray-level histograms", equation 18.
    """
    counts, edges = np.histogram(values, 256)
    middle = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(counts), np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (total[-1] * below - total * below[-1]) ** 2 / (below * (below[-1] - below))
    best = np.nan_to_num(between, nan=0.0, posinf=0.0)
    return float(edges[1:][best >= best.max() * (1 - 1e-9)].mean())  # the middle of an empty stretch


def without_specks(mask: Array) -> Array:
    """The mask with only those connected pieces that are not much smaller than the largest."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8))
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    wide = mask.shape[1] + 2
    first = np.searchsorted(
        rows * wide + stops, (rows + 1) * wide + starts
    )  # of the runs in the next row, those
    beyond = np.searchsorted(
        rows * wide + starts, (rows + 1) * wide + stops, "right"
    )  # that touch, by corners too
    touching = np.maximum(beyond - first, 0)
    upper = np.repeat(np.arange(len(rows)), touching)
    lower = np.arange(len(upper)) - np.repeat(np.cumsum(touching) - touching - first, touching)
    piece = np.arange(len(rows))
    while True:
        most = piece.copy()
        np.maximum.at(most, upper, piece[lower])
        np.maximum.at(most, lower, piece[upper])
        most = most[most]
        if (most == piece).all():
            break
        piece = most
    sizes = np.bincount(piece, stops - starts)
    kept = mask.copy()
    kept[mask] = np.repeat(sizes[piece] >= SPECK * sizes.max(), stops - starts)
    return kept


def extent(mask: Array) -> tuple[slice, slice]:
    """The smallest box around what is true."""
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def shares(size: int, start: float, length: float, cells: int) -> Array:
    """The part of each of `size` pixels that falls into each of `cells` cells from `start` on, as a mean's weights.

    Shapes:
        -> (cells, size)
    """
    edges = start + np.arange(cells + 1)[:, None] * (length / cells)
    pixel = np.arange(size)
    overlap = np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel)
    return np.maximum(overlap, 0) * (cells / length)


def fit(strength: Array, height: int, width: int) -> Array:
    """The ink in its own box, brought to height x width by area."""
    rows, columns = extent(strength > 0.5)
    part = strength[rows, columns]
    h, w = part.shape
    return shares(h, 0, h, height) @ part @ shares(w, 0, w, width).T


def adjust(bitmap: Array) -> Array:
    """Thin or thicken strokes until there are INK pixels: those deepest in, or nearest to, the ink."""
    inside = bitmap > np.quantile(bitmap[bitmap > 0], 0.75) / 2  # a stroke finer than a pixel fills none
    marked, blank = np.argwhere(inside), np.argwhere(~inside)
    apart = ((marked[:, None] - blank) ** 2).sum(2)
    depth = np.empty(bitmap.shape)
    depth[inside], depth[~inside] = apart.min(1), -apart.min(0)
    order = np.argsort(-(depth + bitmap).ravel(), kind="stable")  # the soft edge settles what is equally deep
    out = np.zeros(bitmap.size)
    out[order[:INK]] = 1
    return out.reshape(bitmap.shape)


def upright(box: Array) -> Array:
    """The bitmap of a digit in its frame, its rows moved so that the first and the last begin in one column.

    Shapes:
        box (32, W) -> (32, 32)
    """
    width = box.shape[1]
    inked = np.flatnonzero(box.any(1))
    first, last = box.argmax(1), width - box[:, ::-1].argmax(1)
    top, bottom = (first[rows].mean() for rows in (inked[:2], inked[-2:]))
    slide = np.arange(HEIGHT) * (bottom - top) / max(1, inked[-1] - inked[0])
    middle = ((first - slide)[inked].min() + (last - slide)[inked].max()) / 2
    at = np.arange(FRAME) - (FRAME - 1) / 2 + middle + 0.5  # in a row with a pixel of paper before it
    framed = np.pad(box, ((0, 0), (1, 1)))
    return np.stack(
        [np.interp(at + s, np.arange(width + 2), row) for row, s in zip(framed, slide, strict=True)]
    )


def as_scan(strength: Array) -> Array:
    """Ink as a scan of the training set.

    Shapes:
        strength (H, W) -> (1, 1, 8, 8) float32, multiples of 1/16 from 0 to 1
    """
    h, w = (s.stop - s.start for s in extent(strength > 0.5))
    width = round(max(1, min(WIDTH, STRETCH * HEIGHT * w / h)))
    bitmap = upright(adjust(np.pad(fit(strength, HEIGHT, width), ((0, 0), (MARGIN, MARGIN)))))
    counts = bitmap.reshape(8, FRAME // 8, 8, FRAME // 8).sum((1, 3))
    return (np.rint(counts) / 16).astype(np.float32)[None, None]


def bundled_scan(index: int) -> tuple[Array, int]:
    """A scan of the bundled digits, by its place in their file, and its label.

    Raises:
        IndexingError: if there is no such scan.

    >>> scan, label = bundled_scan(17)
    >>> scan.shape, label
    ((1, 1, 8, 8), 7)
    """
    if not 0 <= index < COUNT:
        raise IndexingError(f"predict: there is no scan {index}: they are numbered from 0 to {COUNT - 1}")
    row = read(FILE)[index]
    return (row[:64] / np.float32(16)).reshape(1, 1, 8, 8), int(row[64])


def probabilities(weights: str, scan: Array) -> Array:
    """What LeNet-5 with the weights in a file makes of a scan.

    Shapes:
        scan (1, 1, 8, 8) -> (10,)

    Raises:
        FileError: if the file is missing or broken.
        StateError: if it holds the weights of another network, or of one that has diverged.
    """
    model = MODELS["lenet5"]()
    given = load_tensors(weights)[0]
    if wrong := differences(given, model.state_dict()):
        raise StateError(
            f"{weights}: does not hold the weights of LeNet-5: {wrong[0]}; give a best.* of a run"
        )
    model.load_state_dict(given)
    model.eval()
    with no_grad():
        chances = softmax(model(tensor(to_size(scan, SIDE))), dim=1).numpy()[0]
    if not np.isfinite(chances).all():
        raise StateError(
            f"{weights}: its network gives no numbers, as after a training that diverged: give another"
        )
    return chances
