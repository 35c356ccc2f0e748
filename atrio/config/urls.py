"""Every address of the site."""

from allauth.account import views as account
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.i18n import set_language

from atrio.core.urls import all_addresses
from atrio.home import views as home
from atrio.ledger.urls import PAGES as ACCOUNTS


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("language/", set_language, name="set_language"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("", home.door, name="door"),
    path("<slug:slug>/", include([path("", home.home, name="home"), *ACCOUNTS, *all_addresses()])),
]
