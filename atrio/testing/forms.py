"""A page's forms as a browser meets them: each control, what the page says of it, and what would be sent."""

import datetime as dt
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count

VOID = {"input", "br", "img", "hr", "meta", "link", "use", "path", "rect", "circle"}
PRESSED = {"submit", "button", "image", "reset"}
NOT_TYPED = {"csrfmiddlewaretoken", "version", "_draft", "_add_count", "next"}
NUMBERS = count()
VALID = {"date": dt.date.today().isoformat(), "number": "1", "url": "https://example.com", "email": "a@b.example"}


@dataclass
class Control:
    name: str
    tag: str
    attrs: dict[str, str]
    value: str = ""
    options: list[tuple[str, bool]] = field(default_factory=list)  # of a select, or of boxes with one name

    @property
    def kind(self) -> str:
        return self.tag if self.tag != "input" else self.attrs.get("type", "text")

    @property
    def is_typed(self) -> bool:
        """Whether a person fills it in."""
        shut = "disabled" in self.attrs or self.attrs.get("tabindex") == "-1"  # a trap for programs, out of sight
        return self.kind != "hidden" and not shut and self.name not in NOT_TYPED

    @property
    def required(self) -> bool:
        return "required" in self.attrs

    @property
    def limit(self) -> int:
        return int(self.attrs.get("maxlength") or 0)

    @property
    def is_number(self) -> bool:
        return self.attrs.get("inputmode") == "decimal" or self.kind in ("number", "range")

    @property
    def sent(self) -> list[str]:
        """What a browser sends of it as it stands."""
        if self.kind in ("select", "radio", "checkbox"):
            return [value for value, chosen in self.options if chosen]
        return [] if self.kind == "file" else [self.value]

    @property
    def valid(self) -> list[str]:
        """Something that the control itself asks for."""
        if self.kind in ("select", "radio", "checkbox"):
            return [next((value for value, _chosen in self.options if value), "")]
        text = "1" if self.is_number else f"Uno {next(NUMBERS)}"  # what must be unique is
        return [VALID.get(self.kind, text)]


@dataclass
class Form:
    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)

    @property
    def typed(self) -> list[Control]:
        return [control for control in self.controls.values() if control.is_typed]

    @property
    def sent(self) -> dict[str, list[str]]:
        return {name: control.sent for name, control in self.controls.items() if control.sent}

    @property
    def filled(self) -> dict[str, list[str]]:
        """What a person sends who fills in all that is empty, files apart."""
        empty = [c for c in self.typed if not any(c.sent) and c.kind != "file"]
        return self.sent | {control.name: control.valid for control in empty}


class Page(HTMLParser):
    """Forms and described texts of a page."""

    def __init__(self, response):
        super().__init__()
        self.forms: list[Form] = []
        self.texts: dict[str, str] = {}  # by id
        self.alerts: list[str] = []
        self.links: list[str] = []
        self._inside: list[tuple[str, str, bool]] = []  # tag, id, whether it is an alert
        self._groups: list[dict[str, str]] = []
        self._control: Control | None = None
        self.source = response.content.decode()
        self.feed(self.source)

    def form(self, address: str) -> Form | None:
        """The form that is sent to an address."""
        return next((form for form in self.forms if form.action == address), None)

    def form_with(self, name: str) -> Form | None:
        """The form that has a control of this name."""
        return next((form for form in self.forms if name in form.controls), None)

    def told(self, control: Control) -> str:
        """What the page says of a control by the ids that tie them; empty where an id leads nowhere."""
        return " ".join(self.texts.get(one, "") for one in control.attrs.get("aria-describedby", "").split()).strip()

    @property
    def problems(self) -> list[str]:
        """All that the page says is wrong: at its top, and beside its controls."""
        wrong = [c for form in self.forms for c in form.controls.values() if c.attrs.get("aria-invalid") == "true"]
        return [said for said in (*map(str.strip, self.alerts), *map(self.told, wrong)) if said]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get")))
        if tag == "fieldset":
            self._groups.append(said)
        if tag not in VOID:
            self._inside.append((tag, said.get("id", ""), said.get("role") == "alert"))
            if said.get("role") == "alert":
                self.alerts.append("")
        if tag == "a" and said.get("href"):
            self.links.append(said["href"])
        if "id" in said:
            self.texts.setdefault(said["id"], "")
        if tag in ("input", "select", "textarea") and said.get("name") and self.forms:
            self._meet(tag, said)
        if tag == "option" and self._control:
            self._control.options.append((said.get("value", ""), "selected" in said))

    def _meet(self, tag: str, said: dict[str, str]) -> None:
        kind = said.get("type", "text") if tag == "input" else tag
        if kind in PRESSED:
            return
        for group in self._groups:  # what is said of a group is said of all in it
            said = {name: value for name, value in group.items() if name.startswith("aria-")} | said
        known = self.forms[-1].controls
        control = known.setdefault(said["name"], Control(said["name"], tag, said, said.get("value", "")))
        if kind in ("radio", "checkbox"):
            control.options.append((said.get("value", "on"), "checked" in said))
            control.attrs |= {n: v for n, v in said.items() if n.startswith("aria-")}
        self._control = control if tag in ("select", "textarea") else None

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._settle()
        if tag == "fieldset":
            self._groups.pop()
        while any(tag == inside for inside, _id, _alert in self._inside):
            left, _id, _alert = self._inside.pop()
            if left == tag:
                return

    def _settle(self) -> None:
        control, self._control = self._control, None
        if control and control.tag == "textarea":
            control.value = control.value.removeprefix("\r").removeprefix("\n")
        # A browser sends the first of a list when none is chosen.
        if control and control.options and not any(chosen for _value, chosen in control.options):
            control.options[0] = (control.options[0][0], True)

    def handle_data(self, data: str) -> None:
        if self._control and self._control.tag == "textarea":
            self._control.value += data
        for _tag, name, alert in self._inside:
            if name:
                self.texts[name] += data
            if alert:
                self.alerts[-1] += data
