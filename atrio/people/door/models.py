"""What the door remembers: how often somebody tried, and the browsers that somebody came in with."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint


class Tries(models.Model):
    """How often something was tried, under a hash of what; counted here so that all processes count together."""

    key = models.CharField(max_length=64, primary_key=True)
    number = models.IntegerField()
    last_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "door_tries"


class KnownDevice(models.Model):
    """A browser that a person has signed in with; only the hash of what its cookie says is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    browser_hash = models.CharField(max_length=64)
    browser = models.CharField(max_length=80)
    address = models.CharField(max_length=45)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "known_device"
        constraints = [UniqueConstraint("user", "browser_hash", name="known_device_once")]
