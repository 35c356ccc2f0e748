"""What is printed wears the portal's picture, and fits its paper."""

import io
import struct
import zlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pypdf import PdfReader

from atrio.core.doctypes import document_type
from atrio.core.formats import formats_of
from atrio.core.models import Portal
from atrio.core.printing import lines_part
from atrio.core.scope import scope
from atrio.purchasing.purchase_orders.tests import maker as orders


def _png() -> bytes:
    """One red pixel."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0\xff\0\0")) + part(b"IEND", b"")


@pytest.fixture
def order(world):
    with scope(world.system()):
        return orders.make(world, world.portals.acme, world.partners.tornillos, "OC-1", "sent")


@pytest.fixture(params=["/acme/purchase_orders/{}/pdf/", "/acme/statement/pdf/"])
def pictures(request, as_, order):
    """How many stand on the first page."""

    def count() -> int:
        paper = as_("tornillos").get(request.param.format(order.pk)).content
        return len(PdfReader(io.BytesIO(paper)).pages[0].images)

    return count


def test_the_portals_picture_heads_the_paper(world, pictures):
    assert pictures() == 0
    name = default_storage.save("logo.png", ContentFile(_png()))
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(logo=name)
    assert pictures() == 1
    default_storage.delete(name)
    assert pictures() == 0, "a lost picture keeps no paper from anybody"


def test_a_code_stands_under_its_description_and_moving_figures_are_left_out(world, order):
    actor, kind = world.actor("tornillos"), document_type("purchase_orders")
    with scope(actor):
        part = lines_part(kind, order, actor, formats_of(actor))
    assert [len(line) for line in part["lines"]] == [len(part["columns"])] * 2
    assert ["Tornillo 1", "P-1"] in part["lines"][0]
    assert len(part["columns"]) == sum(c.printed for c in kind.lines.columns) - 2  # the code, and no dates of their own
