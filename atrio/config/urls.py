"""Every address of the site."""

from django.urls import include, path

from atrio.core import pages
from atrio.core.urls import all_addresses
from atrio.erp.api.endpoints import addresses as api_addresses
from atrio.erp.urls import PAGES as ERP
from atrio.home import views as home
from atrio.home.urls import PAGES as HOME
from atrio.ledger.urls import PAGES as ACCOUNTS
from atrio.people.urls import OUTSIDE
from atrio.people.urls import PAGES as PEOPLE

urlpatterns = [
    path("", home.door, name="door"),
    *OUTSIDE,
    path(
        "<slug:slug>/",
        include(
            [
                *(*HOME, *PEOPLE, *ACCOUNTS, *ERP, path("brand.css", pages.brand, name="brand")),
                *api_addresses(),
                *all_addresses(),
            ]
        ),
    ),
]
handler400 = "atrio.home.errors.bad_request"
handler403 = "atrio.home.errors.forbidden"
handler404 = "atrio.home.errors.not_found"
handler429 = "atrio.home.errors.too_many"
handler500 = "atrio.home.errors.server_error"
