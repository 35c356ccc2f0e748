"""What happens to an order: the buyer sends it, the supplier answers, goods and invoices count on its lines."""

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from atrio.core import versions
from atrio.core.actions import NotNow, action

from . import terms
from .counting import lock, receive, recount, rest, settled  # noqa: F401 (what other document types do with an order)
from .forms import ConfirmForm, ProposalForm, ReasonForm
from .models import State

ANSWER, MANAGE = "purchase_orders.answer", "purchase_orders.manage"
RUNNING = "confirmed|part_received|received"


@action(
    "draft -> sent",
    _("Send to the supplier"),
    staff=MANAGE,
    icon="send",
    primary=True,
    done=pgettext_lazy("purchase order", "Sent"),
)
def send(actor, order):
    versions.take(actor, order, terms.snapshot(order), "send")


@action(
    f"sent|change_proposed -> {RUNNING}",
    _("Confirm"),
    supplier=ANSWER,
    form=ConfirmForm,
    primary=True,
    explain=_("You will deliver as ordered."),
    done=_("Confirmed"),
)
def confirm(actor, order, promised_date=None):
    terms.forget(order)
    order.promised_date, order.decision_reason = promised_date, ""
    order.state = settled(order, State.CONFIRMED)
    return {"promised_date": promised_date.isoformat()} if promised_date else None


@action(
    "sent -> rejected",
    _("Reject"),
    supplier=ANSWER,
    form=ReasonForm,
    icon="circle-x",
    danger=True,
    done=pgettext_lazy("purchase order", "Rejected"),
)
def reject(actor, order, reason):
    order.decision_reason = reason
    return {"reason": reason}


@action(
    "sent|confirmed -> change_proposed",
    _("Propose changes"),
    supplier=ANSWER,
    form=ProposalForm,
    dialog=False,
    icon="pencil",
    done=_("Changes proposed"),
)
def propose(actor, order, reason, lines):
    changed = terms.propose(actor, order, lines)
    order.decision_reason = reason
    return {"reason": reason, "lines": [line.position for line in changed]}


@action(f"change_proposed -> {RUNNING}", _("Accept changes"), staff=MANAGE, primary=True, done=_("Changes accepted"))
def accept_changes(actor, order):
    terms.accept(actor, order)
    order.decision_reason, order.state = "", settled(order, State.CONFIRMED)
    versions.take(actor, order, terms.snapshot(order), "accept_changes")


@action(
    "change_proposed -> sent|part_received|received",
    _("Decline changes"),
    staff=MANAGE,
    form=ReasonForm,
    icon="circle-x",
    explain=_("The order stands as it was, and the supplier is asked again."),
    done=_("Changes declined"),
)
def decline_changes(actor, order, reason):
    terms.forget(order)
    order.decision_reason, order.state = reason, settled(order, State.SENT)
    return {"reason": reason}


@action(
    "draft|sent|confirmed|change_proposed|rejected -> cancelled",
    _("Cancel order"),
    staff=MANAGE,
    form=ReasonForm,
    icon="ban",
    danger=True,
    done=pgettext_lazy("purchase order", "Cancelled"),
)
def cancel(actor, order, reason):
    used = next((line for line in order.lines.all() if line.received_quantity or line.invoiced_quantity), None)
    if used:
        message = gettext("Line %(line)s is already received or invoiced. Close the order, or take that back first.")
        raise NotNow(message % {"line": used.position})
    terms.forget(order)
    order.decision_reason, order.never_sent = reason, order.state == State.DRAFT
    return {"reason": reason}


@action(
    f"{RUNNING} -> closed",
    _("Close order"),
    staff=MANAGE,
    icon="lock",
    explain=_("Nothing more will be received or invoiced of it."),
    done=_("Closed"),
)
def close(actor, order):
    return None


@action(f"closed -> {RUNNING}", _("Reopen order"), staff=MANAGE, icon="lock-open", done=_("Reopened"))
def reopen(actor, order):
    order.state = settled(order, State.CONFIRMED)
