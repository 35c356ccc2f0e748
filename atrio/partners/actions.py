"""Verbs of partners."""

from collections.abc import Iterable

from .models import PartnerLink


def introduce(portal_id: int, pairs: Iterable[tuple[int, int]]) -> None:
    """Let each partner of a pair read the other's name: the host put both on one document."""
    both = {pair for one, other in pairs if one != other for pair in ((one, other), (other, one))}
    links = [PartnerLink(portal_id=portal_id, partner_id=one, other_id=other) for one, other in sorted(both)]
    PartnerLink.objects.bulk_create(links, ignore_conflicts=True, batch_size=5000)
