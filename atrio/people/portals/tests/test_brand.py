"""A portal's brand: pictures that carry nothing but pixels, colours that can be read, names everywhere."""

import io
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from atrio.core import mail
from atrio.core.crossing import portal_by_slug
from atrio.core.models import Event, Mail
from atrio.core.printing import logo_of
from atrio.core.scope import scope
from atrio.home.jobs import sweep
from atrio.people.portals import colours, logo

PAGE, LOGO = "/acme/settings/brand/", "/acme/settings/brand/logo/"
FACTS = {
    "name": "Acme  Andina",
    "legal_name": "Acme Andina S.A.S.",
    "tax_id": "900123456-7",
    "address": "Calle 1",
    "email": "hola@acme.example",
    "phone": "+57 1 234",
    "accent": "#0b6e4f",
    "corrected": "on",
}
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>%s</svg>"
SCRIPT = b"<script>alert(1)</script>"


def picture(form: str = "PNG", size=(300, 120), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0b6e4f").save(out, form, **options)
    return out.getvalue()


def secretive() -> bytes:
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Comment", "SECRET-<script>alert(1)</script>")
    return picture(pnginfo=facts)


def upload(data: bytes, name: str = "logo.png") -> dict:
    return {"file": SimpleUploadedFile(name, data, content_type="image/png")}


def logo_now() -> str:
    return portal_by_slug("acme").logo


def test_a_logo_is_shown_to_everybody_and_printed(world, as_):
    assert as_("ana").post(LOGO, upload(picture())).status_code == 303
    url = portal_by_slug("acme").logo_url
    assert url in Client().get("/accounts/login/?next=/acme/").content.decode(), "at the door"
    assert url in as_("bodega").get("/acme/").content.decode()
    response = Client().get(url)
    assert response.headers["Content-Type"] == "image/png" and response.content.startswith(b"\x89PNG")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert logo_of(world.actor("bodega")) == response.content


def test_it_heads_the_portals_mails(world, as_, settings):
    settings.BASE_URL = "https://portal.example"
    as_("ana").post(LOGO, upload(picture()))
    actor = world.actor("bodega")
    with scope(world.system()):
        one = Mail.objects.get(pk=mail.queue(actor, "Hola", {"heading": "Hola", "said": "x"}))
    assert f'src="https://portal.example{portal_by_slug("acme").logo_url}"' in one.html


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_only_pixels_are_kept(form, world):
    told = secretive() if form == "PNG" else picture(form, exif=_exif())
    profile = picture(form, icc_profile=b"SECRET" * 30)
    for hidden in (picture(form) + b"PK\x03\x04 SECRET", told, profile):
        made = logo.cleaned(hidden)
        assert made.startswith(b"\x89PNG") and b"SECRET" not in made and b"PK\x03\x04" not in made
        assert {name for name, _length in chunks(made)} <= {b"IHDR", b"IDAT", b"IEND"}
        assert made.endswith(b"IEND\xaeB`\x82")


def _exif() -> bytes:
    facts = Image.Exif()
    facts[0x010E] = "SECRET"
    return facts.tobytes()


def chunks(png: bytes):
    at = 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], length
        at += 12 + length


@pytest.mark.parametrize(
    "data",
    [
        SVG % SCRIPT,
        SVG % b"<foreignObject><body onload='x'/></foreignObject>",
        SVG % b"<image href='https://evil.example/x.png'/>",
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + SVG % b"&x;",
        b"GIF89a/*\x00\x01\x00\x00*/=1;alert(1);//",  # also a script
        b"GIF89a" + b"PK\x03\x04" * 50,  # also an archive of classes
        b"%PDF-1.7 " + picture()[8:],
        b"\x89PNG\r\n\x1a\n" + SCRIPT,
        picture()[:60],
        b"\xff\xd8\xff" + b"\x00" * 100,
        b"",
        picture() + bytes(5 * 2**20),
        picture(size=(8, 8)),
        picture("BMP"),
        picture("TIFF"),
    ],
    ids=range(15),
)
def test_anything_else_is_refused_and_changes_nothing(data, world, as_):
    as_("ana").post(LOGO, upload(picture(size=(64, 64))))
    before = logo_now()
    for name in ("logo.png", "logo.svg"):
        response = as_("ana").post(LOGO, upload(data, name))
        assert response.status_code == 422 and 'id="id_file_error"' in response.content.decode()
    assert logo_now() == before and default_storage.exists(before)


def test_a_picture_that_unpacks_to_a_flood(world, as_):
    bomb = picture(size=(9000, 9000), optimize=True)
    assert len(bomb) < logo.LARGEST_FILE
    assert as_("ana").post(LOGO, upload(bomb)).status_code == 422 and logo_now() == ""


def test_it_is_bounded_and_cut(world):
    with Image.open(io.BytesIO(logo.cleaned(picture(size=(4000, 1000))))) as made:
        assert made.size == (800, 200)
    with Image.open(io.BytesIO(logo.cleaned(picture(size=(400, 200)), (25, 0, 25, 45)))) as made:
        assert made.size == (200, 110)


def test_replaced_removed_and_older_addresses(world, as_, django_capture_on_commit_callbacks):
    ana = as_("ana")
    ana.post(LOGO, upload(picture()))
    first, url = logo_now(), portal_by_slug("acme").logo_url
    with django_capture_on_commit_callbacks(execute=True):
        ana.post(LOGO, upload(picture(size=(100, 100))))
    assert not default_storage.exists(first)
    assert Client().get(url).status_code == 200, "an old mail shows the present logo"
    assert "immutable" not in Client().get(url).headers["Cache-Control"]
    ana.post(LOGO, {"remove": "1"})
    assert logo_now() == "" and Client().get(url).status_code == 404
    with scope(world.system()):
        assert list(Event.objects.filter(doctype="portal").order_by("pk").values_list("kind", flat=True)) == [
            "logo_changed",
            "logo_changed",
            "logo_removed",
        ]


def test_the_night_leaves_it_where_it_is(world, as_):
    import datetime as dt

    as_("ana").post(LOGO, upload(picture()))
    sweep(world.system(), dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    assert default_storage.exists(logo_now())


def test_names_and_colour_are_saved(world, as_):
    assert as_("ana").post(PAGE, FACTS).status_code == 303
    portal = portal_by_slug("acme")
    assert (portal.name, portal.legal_name, portal.accent) == ("Acme Andina", "Acme Andina S.A.S.", "#0b6e4f")
    assert b"--atrio-accent:#0b6e4f" in Client().get("/acme/brand.css").content


def test_a_colour_that_cannot_be_read_is_darkened_or_refused(world, as_):
    as_("ana").post(PAGE, FACTS | {"accent": "#FFEE00"})
    accent = portal_by_slug("acme").accent
    assert accent != "#ffee00" and colours.contrast(accent) >= 4.5
    plain = {k: v for k, v in FACTS.items() if k != "corrected"}
    response = as_("ana").post(PAGE, plain | {"accent": "#ffee00"})
    assert response.status_code == 422 and 'id="id_accent_error"' in response.content.decode()
    assert portal_by_slug("acme").accent == accent


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#000;}body{display:none", "url(x)", ""])
def test_a_colour_is_a_colour(accent, world, as_):
    response = as_("ana").post(PAGE, FACTS | {"accent": accent})
    assert response.status_code == 422 and 'id="id_accent_error"' in response.content.decode()
    assert "display:none" not in Client().get("/acme/brand.css").content.decode()


def test_contrast_is_that_of_the_guidelines():
    assert colours.contrast("#000000") == pytest.approx(21) and colours.contrast("#767676") == pytest.approx(
        4.54, abs=0.01
    )
    assert colours.readable("#0b6e4f") == "#0b6e4f"


@pytest.mark.parametrize(("who", "status"), [("clara", 403), ("bodega", 404), ("rita", 404)])
def test_who_may_not(who, status, world, as_):
    client, before = as_(who), portal_by_slug("acme")
    for url, data in ((PAGE, FACTS), (LOGO, upload(picture()))):
        assert client.post(url, data).status_code == status
    assert client.get(PAGE).status_code == status and portal_by_slug("acme") == before


def test_nothing_else_of_the_portal_can_be_set(world, as_):
    as_("ana").post(PAGE, FACTS | {"slug": "evil", "settings": "{}", "logo": "../../etc/passwd", "disabled_at": "x"})
    portal = portal_by_slug("acme")
    assert portal.slug == "acme" and portal.logo == ""


def test_the_address_is_shared_as_the_site_calls_itself(world, as_, settings):
    settings.BASE_URL = "https://portal.example"
    page = as_("clara").get("/acme/settings/share/", headers={"host": "localhost"}).content.decode()
    assert 'value="https://portal.example/acme/"' in page and "localhost" not in page
    assert re.search(r"https://wa\.me/\?text=[^\"]*https%3A%2F%2Fportal\.example%2Facme%2F", page)
    svg, png = (as_("clara").get(f"/acme/settings/share/qr.{form}") for form in ("svg", "png"))
    assert b"<svg" in svg.content and png.content.startswith(b"\x89PNG")
    assert as_("bodega").get("/acme/settings/share/").status_code == 404
