"""Addresses of second factors, of sign-in by a company's own provider, and of terms."""

from django.urls import path

from . import legal, providers, rules, sso, views

PAGES = [
    path("terms/", legal.public, {"kind": "terms"}, name="terms"),
    path("privacy/", legal.public, {"kind": "privacy"}, name="privacy"),
    path("settings/sign-in/", rules.rules, name="sign_in_rules"),
    path("settings/sign-in/reset/", rules.reset, name="factors_reset"),
    path("settings/providers/", providers.index, name="providers"),
    path("settings/providers/new/", providers.new, name="provider_new"),
    path("settings/providers/<int:pk>/", providers.edit, name="provider"),
    path("settings/terms/", legal.index, name="terms_settings"),
    path("settings/terms/<slug:name>/", legal.edit, name="terms_edit"),
]
S = "accounts/security/"
OUTSIDE = [
    path("accounts/terms/<slug:name>/", legal.accept, name="accept_terms"),
    path("accounts/company/<slug:name>/", sso.company, name="company_sign_in"),
    path("accounts/company/<slug:name>/<int:pk>/", sso.start, name="provider_start"),
    path("accounts/company/<slug:name>/<int:pk>/callback/", sso.callback, name="provider_callback"),
    path("accounts/company/<slug:name>/<int:pk>/link/", sso.link, name="provider_link"),
    path(S, views.index, name="mfa_index"),
    path(f"{S}required/", views.required, name="mfa_required"),
    path(f"{S}code/", views.Authenticate.as_view(), name="mfa_authenticate"),
    path(f"{S}again/code/", views.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path(f"{S}again/passkey/", views.PasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"),
    path(f"{S}app/", views.Activate.as_view(), name="mfa_activate_totp"),
    path(f"{S}app/remove/", views.Deactivate.as_view(), name="mfa_deactivate_totp"),
    path(f"{S}codes/", views.codes, name="mfa_generate_recovery_codes"),
    path(f"{S}codes/", views.codes, name="mfa_view_recovery_codes"),
    path(f"{S}passkeys/", views.index, name="mfa_list_webauthn"),
    path(f"{S}passkeys/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(f"{S}passkeys/sign-in/", views.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path(f"{S}passkeys/<int:pk>/", views.passkey, name="mfa_edit_webauthn"),
    path(f"{S}passkeys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
]
