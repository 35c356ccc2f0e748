from django.urls import path

from atrio.config.urls import *  # noqa: F403
from atrio.config.urls import urlpatterns as ours

from .control import control

urlpatterns = [path("<slug:slug>/control/<name>/", control), *ours]
