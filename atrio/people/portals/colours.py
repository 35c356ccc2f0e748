"""Whether a colour can be read, by the contrast of WCAG 2.2, and the nearest one that can."""

import colorsys
import re

AA = 4.5
HEX = re.compile(r"#[0-9a-f]{6}")
WHITE = "#ffffff"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = map(_linear, _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str = WHITE) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, least: float = AA) -> str:
    """The colour itself, or the lightest of its hue on which white can be read."""
    hue, light, saturation = colorsys.rgb_to_hls(*_parts(colour))
    while contrast(colour) < least and light > 0:
        light = max(0.0, light - 0.005)
        parts = colorsys.hls_to_rgb(hue, light, saturation)
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
    return colour
