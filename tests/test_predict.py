"""`minigrad predict` on digits drawn for the purpose, in every kind of picture, and on what is no picture."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad import predict, trainer
from minigrad.data.digits import digits, to_size
from minigrad.errors import FileError, IndexingError, MissingDependency, StateError
from minigrad.io import save_tensors

Image = pytest.importorskip("PIL.Image")
from drawn import FORMS, LATER, draw, speckled  # noqa: E402

CONDITIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "20 pixels": {"size": (20, 20), "box": (0.2, 0.15, 0.55, 0.7), "pen": 0.15},
    "28 pixels": {"size": (28, 28), "box": (0.15, 0.1, 0.6, 0.8), "pen": 0.14},
    "a corner of 600 x 400": {"size": (600, 400), "box": (0.55, 0.1, 0.15, 0.4), "pen": 0.05},
    "the bottom of 150 x 400": {"size": (150, 400), "box": (0.1, 0.5, 0.7, 0.25)},
    "thick": {"size": (300, 300), "pen": 0.2},
    "thin": {"size": (200, 200), "pen": 0.03},
    "light on dark": {"ink": 255, "paper": 0},
    "light on grey, turned": {"ink": 230, "paper": 90, "turn": 8},
    "turned back": {"turn": -8},
    "red on cream": {"mode": "RGB", "ink": (200, 20, 30), "paper": (250, 240, 200)},
    "nearly no margin": {"size": (64, 64), "box": (0.05, 0.05, 0.9, 0.9), "pen": 0.12},
}


def scan_of(picture: Any, name: str = "picture.png") -> Any:
    """The 8 x 8 pixels that the network is shown, by way of a file."""
    return predict.as_scan(predict.ink(predict.read_picture(saved(picture, name))))[0, 0]


def saved(picture: Any, name: str) -> str:
    path = os.path.join(os.environ["MINIGRAD_PICTURES"], name)
    picture.save(path)
    return path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIGRAD_PICTURES", str(tmp_path))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """LeNet-5 after some seconds of training."""
    out = str(tmp_path_factory.mktemp("run"))
    run = trainer.start(out, {"epochs": 20})
    trainer.fit(run, digits(), out)
    model = trainer.MODELS["lenet5"]()
    model.load_state_dict(run.best["model"])
    return model


def read(model: Any, scans: list[Any]) -> Any:
    images = np.stack(scans)[:, None]
    return trainer.evaluate(model, trainer.Part(images, np.zeros(len(scans), np.int64))).read


# ---- digits drawn for the purpose -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("forms", "wanted"), [(FORMS, 0.95), (LATER, 0.9)], ids=["forms", "later forms"])
def test_drawn_digits_are_read(model: Any, forms: Any, wanted: float) -> None:
    first = 0 if forms is FORMS else len(FORMS[0])
    drawings = [
        (digit, draw(digit, first + k, **condition))
        for condition in CONDITIONS.values()
        for digit, ways in forms.items()
        for k in range(len(ways))
    ]
    labels = np.array([digit for digit, _ in drawings])
    right = read(model, [scan_of(picture) for _, picture in drawings]) == labels
    print(f"{right.sum()} of {len(labels)} drawn digits read")
    assert right.mean() >= wanted


@pytest.mark.parametrize("condition", ["light on dark", "red on cream"])
def test_colours_make_no_difference(condition: str) -> None:
    for digit in range(10):
        assert np.abs(scan_of(draw(digit)) - scan_of(draw(digit, **CONDITIONS[condition]))).mean() < 0.05


def test_a_scan_comes_back_from_a_picture_of_itself(model: Any) -> None:
    """The bitmap behind a scan of the data set, as far as 8 x 8 counts tell it, large and on grey paper."""
    images, labels = digits().val
    bitmaps = to_size(images[:100], 32)[:, 0] > 0.5
    pages = np.full((100, 400, 320), 200, np.uint8)
    pages[:, 60:316, 30:286] -= np.kron(bitmaps, np.ones((8, 8))).astype(np.uint8) * 180
    back = [scan_of(Image.fromarray(page)) for page in pages]
    assert np.abs(np.stack(back) - images[:100, 0]).mean() < 0.1  # two scans of one digit differ by 0.17
    assert (read(model, back) == labels[:100]).mean() >= 0.95


def test_a_scan_has_the_statistics_of_the_training_scans() -> None:
    train = digits().train.images[:, 0] * 16
    ours = np.stack([scan_of(draw(d, k)) for d in range(10) for k in range(3)]) * 16
    assert np.array_equal(ours, np.rint(ours)) and ours.min() == 0 and ours.max() == 16
    assert abs(ours.sum((1, 2)).mean() - train.sum((1, 2)).mean()) < 3  # of 312
    assert np.abs(ours.mean((0, 1)) - train.mean((0, 1))).max() < 3  # ink in each column
    assert np.abs(ours.mean((0, 2)) - train.mean((0, 2))).max() < 3  # and row


# ---- kinds of pictures ----------------------------------------------------------------------------------------------
def modes(gray: Any) -> dict[str, Any]:
    """The same drawing in every mode that a file can have."""
    array = np.asarray(gray)
    alpha = Image.fromarray(255 - array)
    deep = Image.fromarray((array.astype(np.uint16) * 257) // 8)  # 16 bits, and only an eighth of them in use
    see_through = Image.new("RGBA", gray.size, (20, 40, 160, 0))
    see_through.putalpha(alpha)
    white_ink = Image.new("LA", gray.size, (255, 0))
    white_ink.putalpha(alpha)
    card = Image.new("RGBA", (gray.width + 60, gray.height + 40), (0, 0, 0, 0))
    card.paste(gray.convert("RGBA"), (35, 15))
    return {
        "1": gray.convert("1", dither=Image.Dither.NONE),
        "L": gray,
        "RGB": gray.convert("RGB"),
        "P": gray.convert("RGB").quantize(16),
        "CMYK.tif": gray.convert("CMYK"),
        "16 bits": deep,
        "32 bits.tif": gray.convert("I"),
        "float.tif": gray.convert("F"),
        "alpha, dark ink": see_through,
        "alpha, white ink": white_ink,
        "a card on nothing": card,
        "P with alpha": see_through.quantize(64),
        "JPEG.jpg": gray,
        "WebP.webp": gray,
        "GIF.gif": gray,
    }


@pytest.mark.parametrize("mode", modes(draw(3)))
def test_every_kind_of_picture_shows_the_same(mode: str) -> None:
    for digit in (2, 5, 8):
        gray = draw(digit)
        expected = scan_of(gray)
        name = mode if "." in mode else mode + ".png"
        assert np.abs(scan_of(modes(gray)[mode], name) - expected).mean() < 0.05


@pytest.mark.parametrize("digit", range(10))
def test_noise_dirt_and_shadow_change_little(digit: int) -> None:
    clean = draw(digit, size=(240, 240))
    expected = scan_of(clean)
    dirty = clean.copy()
    for x, y in ((5, 7), (220, 30), (12, 230)):
        dirty.paste(0, (x, y, x + 5, y + 5))
    shadow = np.asarray(clean, float) * np.linspace(0.5, 1, 240) * np.linspace(0.8, 1, 240)[:, None]
    for picture in (speckled(clean, 60), dirty, Image.fromarray(shadow.astype(np.uint8))):
        assert np.abs(scan_of(picture) - expected).mean() < 0.05


def test_a_photo_lies_as_its_camera_was_held() -> None:
    turned = draw(7).transpose(Image.Transpose.ROTATE_90)
    about = Image.Exif()
    about[0x0112] = 6  # the top is at the right
    path = os.path.join(os.environ["MINIGRAD_PICTURES"], "photo.png")
    turned.save(path, exif=about)
    assert np.array_equal(predict.as_scan(predict.ink(predict.read_picture(path)))[0, 0], scan_of(draw(7)))


def test_ink_as_light_as_the_paper_but_of_another_colour() -> None:
    picture = draw(4, mode="RGB", ink=(255, 0, 0), paper=(0, 130, 0))  # one luminance
    assert np.abs(scan_of(picture) - scan_of(draw(4))).mean() < 0.05


@pytest.mark.parametrize("size", [(1, 9), (3, 5), (9, 1), (2000, 3)])
def test_a_picture_may_be_tiny_or_narrow(size: tuple[int, int]) -> None:
    picture = Image.new("L", size, 255)
    picture.putpixel((size[0] // 2, size[1] // 2), 0)
    assert scan_of(picture).sum() > 0


def flood(mask: Any, y: int, x: int) -> set[tuple[int, int]]:
    """The piece around a pixel, corners included, found step by step."""
    piece, edge = {(y, x)}, [(y, x)]
    while edge:
        y, x = edge.pop()
        for at in ((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            inside = 0 <= at[0] < mask.shape[0] and 0 <= at[1] < mask.shape[1]
            if inside and mask[at] and at not in piece:
                piece.add(at)
                edge.append(at)
    return piece


def test_small_pieces_are_specks() -> None:
    rng = np.random.default_rng(0)
    for density in (0.1, 0.2, 0.3, 0.4, 0.5, 0.9):
        mask = rng.random((rng.integers(1, 30), rng.integers(1, 30))) < density
        mask[0, 0] = True
        pieces = {(y, x): flood(mask, y, x) for y, x in np.argwhere(mask).tolist()}
        largest = max(len(piece) for piece in pieces.values())
        kept = {tuple(at) for at in np.argwhere(predict.without_specks(mask)).tolist()}
        assert kept == {at for at, piece in pieces.items() if len(piece) >= predict.SPECK * largest}


# ---- what is no digit -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_a_blank_picture(value: int, mode: str) -> None:
    with pytest.raises(FileError, match="the picture is blank"):
        scan_of(Image.new(mode, (40, 30), value if mode == "L" else (value, 0, 0, value)))


def test_paper_with_grain_is_blank() -> None:
    grain = np.random.default_rng(0).normal(200, 4, (100, 80)).clip(0, 255)
    with pytest.raises(FileError, match="the picture is blank"):
        scan_of(Image.fromarray(grain.astype(np.uint8)))


def test_what_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="none.png is not there"):
        predict.read_picture(str(tmp_path / "none.png"))
    with pytest.raises(FileError, match="is a folder; give a picture"):
        predict.read_picture(str(tmp_path))
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    with pytest.raises(FileError, match="text.png is not a picture that can be read"):
        predict.read_picture(str(text))
    whole = io.BytesIO()
    draw(3).save(whole, "PNG")
    for cut in (0, 10, 60, len(whole.getvalue()) // 2):
        text.write_bytes(whole.getvalue()[:cut])
        with pytest.raises(FileError, match="text.png is not a picture that can be read"):
            predict.read_picture(str(text))


def test_a_picture_with_far_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(draw(3), "big.png")
    for limit in (9000, 3000):  # Pillow warns above its limit, and refuses above twice that
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(FileError, match="has too many pixels"):
            predict.read_picture(path)


def test_without_pillow_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(draw(3), "three.png")
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    with pytest.raises(MissingDependency, match=r"needs PIL: pip install 'minigrad\[cli\]'"):
        predict.read_picture(path)


# ---- scans and weights ----------------------------------------------------------------------------------------------
def test_bundled_scans_are_numbered_in_file_order() -> None:
    first = [predict.bundled_scan(k)[1] for k in range(20)]
    assert first == [*range(10), *range(10)]  # the scans' writers began by counting
    test = digits("file-order").test
    for k in (0, 359):
        scan, label = predict.bundled_scan(1797 - 360 + k)
        assert np.array_equal(scan[0], test.images[k]) and label == test.labels[k]
        assert scan.dtype == np.float32


@pytest.mark.parametrize("index", [-1, 1797, 10**30])
def test_a_scan_that_does_not_exist(index: int) -> None:
    with pytest.raises(IndexingError, match=f"no scan {index}: they are numbered from 0 to 1796"):
        predict.bundled_scan(index)


def test_probabilities_are_the_models(tmp_path: Path, model: Any) -> None:
    path = str(tmp_path / "w.npz")
    save_tensors(path, {name: a.numpy() for name, a in model.state_dict().items()})
    chances = predict.probabilities(path, predict.bundled_scan(17)[0])
    assert chances.shape == (10,) and abs(float(chances.sum()) - 1) < 1e-5 and chances.argmax() == 7


def test_weights_of_another_network(tmp_path: Path) -> None:
    path = str(tmp_path / "w.npz")
    save_tensors(path, {"weight": np.zeros((2, 3), np.float32)})
    with pytest.raises(StateError):
        predict.probabilities(path, predict.bundled_scan(17)[0])
    with pytest.raises(FileError):
        predict.probabilities(str(tmp_path / "none.npz"), predict.bundled_scan(17)[0])
