"""Terms and privacy notice of a portal: versions in its languages, shown to everybody, accepted by each person."""

from typing import cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts, PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.models import Portal
from atrio.core.pages import render
from atrio.core.scope import scope

from ..models import Membership
from .models import Terms, TermsAcceptance
from .settings import change

IN_FORCE = "terms_in_force"
KINDS = tuple(Terms.Kind.values)


def in_force(portal: PortalFacts | Portal) -> dict[str, int]:
    """The published version of each kind; it stands with the portal's settings, which every request reads anyway."""
    return dict(portal.settings.get(IN_FORCE) or {})


def is_public(request: HttpRequest) -> bool:
    parts = request.path_info.strip("/").split("/")
    return len(parts) == 2 and parts[1] in KINDS and request.method in ("GET", "HEAD")


def accepted(request: HttpRequest, actor: Actor) -> bool:
    """Whether the person accepted what is in force; the session remembers it."""
    asked = sorted(in_force(actor.portal).values())
    kept = f"terms:{actor.portal.slug}"
    if not asked or request.session.get(kept) == asked:
        return True
    with scope(actor):
        mine = TermsAcceptance.objects.filter(portal_id=actor.portal.id, user_id=actor.user_id, terms_id__in=asked)
        done = mine.count() == len(asked)
    if done:
        request.session[kept] = asked
    return done


def accept(actor: Actor, wanted: list[int]) -> bool:
    """Write down that the person accepts these versions, if they are the ones in force; twice is once."""
    asked = sorted(in_force(actor.portal).values())
    if sorted(wanted) != asked:
        return False
    with scope(actor):
        common = {"portal_id": actor.portal.id, "user_id": actor.user_id}
        for version in Terms.objects.filter(portal_id=actor.portal.id, pk__in=asked):
            _one, fresh = TermsAcceptance.objects.get_or_create(
                **common, terms=version, defaults={"origin": actor.origin[:64]}
            )
            if fresh:
                facts = {"kind": version.kind, "number": version.number}
                own = Membership(pk=actor.membership_id, partner_id=actor.partner_id)
                events.record(actor, own, "terms_accepted", facts)
    return True


def draft(actor: Actor, kind: str) -> Terms:
    """The version that is being written; a new one starts with the words of the one before."""
    known = Terms.objects.filter(portal_id=actor.portal.id, kind=kind).order_by("-number").first()
    if known and known.published_at is None:
        return known
    number, texts = (known.number + 1, known.texts) if known else (1, {})
    return Terms(portal_id=actor.portal.id, kind=kind, number=number, texts=texts)


@transaction.atomic
def publish(actor: Actor, version: Terms) -> None:
    """From now on everybody is asked for it, before any other page."""
    version.published_at = timezone.now()
    version.save()
    portal = Portal.objects.get(pk=actor.portal.id)
    change(actor, {IN_FORCE: in_force(portal) | {version.kind: version.pk}})
    events.record(actor, version, "terms_published", {"kind": version.kind, "number": version.number})


def text_of(version: Terms, portal: PortalFacts) -> str:
    """In the reader's language, or in the portal's, or in the first that there is."""
    own = (portal.language or "es").lower().replace("_", "-")
    wanted = (translation.get_language() or "es", own)
    return next((version.texts[one] for one in wanted if version.texts.get(one)), "") or next(
        filter(None, version.texts.values()), ""
    )


def paragraphs(text: str) -> list[dict]:
    """Blank lines part paragraphs; `# ` makes a heading. It stays text: nothing of it is ever markup."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        block = block.strip()
        if block:
            found.append({"heading": block.startswith("# "), "text": block.removeprefix("# ")})
    return found


def shown(portal: PortalFacts, kinds: tuple[str, ...] = KINDS) -> list[dict]:
    """What is in force of these kinds, as a page shows it."""
    asked = in_force(portal)
    with scope(Actor.system(portal)):
        versions = list(Terms.objects.filter(portal_id=portal.id, pk__in=[asked[k] for k in kinds if k in asked]))
    versions.sort(key=lambda one: KINDS.index(one.kind))
    return [
        {
            "id": one.pk,
            "kind": one.kind,
            "title": str(Terms.Kind(one.kind).label),
            "version": _("Version %(number)s") % {"number": one.number},
            "blocks": paragraphs(text_of(one, portal)),
        }
        for one in versions
    ]


def shown_to_all(request: PortalRequest, slug: str) -> HttpResponse | None:
    """To people who have no place in the portal, signed in or not: the page of what is in force, if it is asked for."""
    portal = portal_by_slug(slug) if is_public(request) else None
    kind = request.path_info.strip("/").rpartition("/")[2]
    if portal is None or kind not in in_force(portal):
        return None
    request.portal = portal
    return show(request, kind)


def show(request: PortalRequest, kind: str) -> HttpResponse:
    """To everybody, signed in or not."""
    portal = request.actor.portal if hasattr(request, "actor") else cast(PortalFacts, request.portal)
    found = shown(portal, (kind,))
    if not found:
        raise Http404
    return render(request, "factors/terms.html", {"document": found[0]})
