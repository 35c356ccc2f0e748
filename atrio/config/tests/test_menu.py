"""What the menu names: lists for staff, and for partners their own record and account instead of lists of one row."""

import re


def _links(client) -> list[str]:
    page = client.get("/acme/").content.decode()
    menu = page[page.index('<nav id="menu"') : page.index("</nav>")]
    return re.findall(r'<li><a href="([^"]+)"', menu)


def test_staff_are_offered_partners_and_entries(as_):
    assert {"/acme/partners/", "/acme/ledger/", "/acme/balances/"} <= set(_links(as_("ana")))


def test_a_partner_is_led_to_its_own_company_and_account(as_, world):
    links, own = _links(as_("tornillos")), f"/acme/partners/{world.partners.tornillos.pk}/"
    assert {own, "/acme/statement/"} <= set(links)
    assert not {"/acme/partners/", "/acme/ledger/"} & set(links)
    assert as_("tornillos").get(own).status_code == 200


def test_search_leaves_out_what_the_menu_does_not_name(as_):
    page = as_("bodega").get("/acme/search/?q=bodega").content.decode()
    assert 'value="sales_invoices"' in page
    assert 'value="ledger"' not in page and 'value="partners"' not in page


def test_settings_are_one_entry_and_its_page_leads_to_what_one_may_set(as_):
    assert "/acme/settings/" in _links(as_("ana"))
    page = as_("ana").get("/acme/settings/").content.decode()
    assert {
        f'href="/acme/settings/{name}/"' for name in ("brand", "share", "mail", "sign-in", "providers", "terms")
    } <= {f'href="{end}"' for end in re.findall(r'href="([^"]+)"', page)}


def test_who_may_set_one_thing_is_led_there_and_who_may_set_nothing_finds_none(as_):
    assert "/acme/settings/providers/" in _links(as_("bodega")) and "/acme/settings/" not in _links(as_("bodega"))
    assert not [one for one in _links(as_("nadie")) if "settings" in one]
    assert as_("nadie").get("/acme/settings/").status_code == 404
