"""A picture from a stranger's file: read within bounds and written anew, so that nothing else comes along."""

import hashlib
import warnings
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
LARGEST_FILE = 5 * 2**20
MOST_PIXELS = 24_000_000
LARGEST = (800, 400)  # as wide and high as the picture is kept: some four times what any page shows
SMALLEST = 16
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
UNREADABLE = (UnidentifiedImageError, *BOMBS, OSError, SyntaxError, ValueError)


def cleaned(data: bytes, cut: tuple[int, int, int, int] = (0, 0, 0, 0)) -> bytes:
    """The picture as a PNG of ours, without a percentage of each side (left, top, right, bottom)."""
    if len(data) > LARGEST_FILE:
        raise ValidationError(
            _("The picture is larger than %(limit)s MB.") % {"limit": LARGEST_FILE >> 20}, code="size"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = _read(data)
    except UNREADABLE as problem:
        raise ValidationError(_("Send a picture: PNG, JPEG or WebP."), code="type") from problem
    return _written(_cut(picture, cut))


def _read(data: bytes) -> Image.Image:
    """The size is looked at before anything is unpacked; other formats are not even tried."""
    with Image.open(BytesIO(data), formats=FORMATS) as file:
        if file.width * file.height > MOST_PIXELS or min(file.size) < SMALLEST:
            raise ValueError("size")
        file.draft("RGB", LARGEST)
        upright = ImageOps.exif_transpose(file)
        return (upright or file).convert("RGBA")


def _cut(picture: Image.Image, cut: tuple[int, int, int, int]) -> Image.Image:
    left, top, right, bottom = cut
    width, height = picture.size
    box = (width * left // 100, height * top // 100, width - width * right // 100, height - height * bottom // 100)
    if box[2] - box[0] < SMALLEST or box[3] - box[1] < SMALLEST:
        raise ValidationError(_("Too little of the picture is left."), code="cut")
    return picture.crop(box)


def _written(picture: Image.Image) -> bytes:
    """Pixels only: a fresh canvas carries no metadata, no profile and nothing behind the picture's end."""
    picture.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    fresh = Image.new("RGBA", picture.size)
    fresh.paste(picture)
    out = BytesIO()
    fresh.save(out, "PNG", optimize=True)
    return out.getvalue()


def keep(portal_id: int, png: bytes) -> str:
    """The name under which the storage has it: its content's hash."""
    name = f"{portal_id}/logo/{hashlib.sha256(png).hexdigest()}"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(png))
    return name
