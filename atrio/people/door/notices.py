"""Letters to whoever forgot a password; each is made in the reader's language."""

from django.utils.translation import gettext as _

from ..letters import Letter


def recovery(path: str) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        said=_("Somebody, we hope you, asked for a new password. The link works for 10 minutes, and once."),
        path=path,
        button=_("Choose a new password"),
        footer=_("If you did not ask for it, do nothing: your password stays as it is."),
    )


def ask_more(path: str) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        said=_("Your portal also asks for your company's tax id and your user name. Ask again there."),
        path=path,
        button=_("Ask again"),
        footer=_("If you did not ask for it, do nothing: your password stays as it is."),
    )
