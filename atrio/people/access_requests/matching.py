"""Which partners a stranger's request may be about, each with the reasons in words."""

import re
from dataclasses import dataclass

from django.apps import apps
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from atrio.core import search
from atrio.core.actor import Actor
from atrio.core.lists import found

from .models import AccessRequest

SHOWN = 5
LOOKED_AT = 60
ALIKE = 0.5
# Domains that say nothing of a company.
_PUBLIC = (
    "gmail.com googlemail.com hotmail.com hotmail.es outlook.com outlook.es outlook.com.br live.com msn.com yahoo.com"
    " yahoo.es yahoo.com.br yahoo.com.mx icloud.com me.com aol.com proton.me protonmail.com gmx.com mail.com zoho.com"
    " uol.com.br bol.com.br terra.com.br une.net.co etb.net.co"
)
PUBLIC = frozenset(_PUBLIC.split())
# Words of many names: forms of companies, and what joins words.
_COMMON = (
    "sa sas s a srl ltda limitada cia compania sociedad anonima cv de del la el los las y e do da dos das"
    " inc llc ltd corp me epp eireli the and c v r l"
)
COMMON = frozenset(_COMMON.split())
NOT_ID = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True)
class Match:
    """A partner, how much speaks for it, and what."""

    pk: int
    code: str
    name: str
    tax_id: str
    score: int
    why: tuple[str, ...]


def bare(tax_id: str) -> str:
    """A tax id without the marks that everybody writes differently."""
    return NOT_ID.sub("", tax_id.upper())


def same_tax_id(one: str, other: str) -> bool:
    """Equal, or one of them without its check digit."""
    short, long = sorted((bare(one), bare(other)), key=len)
    return len(short) > 5 and (short == long or (long.startswith(short) and len(long) - len(short) == 1))


def telling(name: str) -> list[str]:
    return [word for word in search.words(name) if word not in COMMON and len(word) > 1]


def alike(one: str, other: str) -> float:
    """How much of the words of two names they share."""
    mine, theirs = set(telling(one)), set(telling(other))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _candidates(actor: Actor, doc: AccessRequest):
    """One query for all reasons; what each partner is worth is said afterwards."""
    model = apps.get_model("partners", "Partner")
    wanted, domain = Q(email__iexact=doc.email), domain_of(doc.email)
    if domain not in PUBLIC:
        wanted |= Q(email__iendswith=f"@{domain}")
    known = bare(doc.tax_id)
    if len(known) > 5:
        wanted |= Q(bare_id__in=[known, known[:-1]]) | Q(bare_id__regex=f"^{known}[0-9A-Z]$")
    if words := telling(doc.company)[:3]:
        wanted |= found(model, "|".join(search.query(actor.portal.id, word) for word in words))
    of_id = Func(Upper(F("tax_id")), Value("[^0-9A-Z]"), Value(""), Value("g"), function="regexp_replace")
    rows = model.objects.visible_to(actor).filter(is_active=True).annotate(bare_id=of_id)
    return rows.filter(wanted).order_by("pk")[:LOOKED_AT]


def _judged(doc: AccessRequest, partner) -> Match:
    why, score, domain = [], 0, domain_of(doc.email)
    if same_tax_id(doc.tax_id, partner.tax_id):
        why.append(_("same tax id"))
        score += 100
    if partner.email.lower() == doc.email.lower():
        why.append(_("same e-mail"))
        score += 60
    elif domain not in PUBLIC and domain_of(partner.email) == domain:
        why.append(_("same e-mail domain"))
        score += 30
    likeness = max(alike(doc.company, partner.name), alike(doc.company, partner.legal_name))
    if likeness >= ALIKE:
        why.append(_("same name") if likeness == 1 else _("similar name"))
        score += round(40 * likeness)
    return Match(partner.pk, partner.code, partner.name, partner.tax_id, score, tuple(why))


def matches(actor: Actor, doc: AccessRequest) -> list[Match]:
    """The likeliest partners first; one for which nothing speaks is none."""
    judged = [_judged(doc, partner) for partner in _candidates(actor, doc)]
    return sorted((one for one in judged if one.why), key=lambda one: (-one.score, one.name))[:SHOWN]
