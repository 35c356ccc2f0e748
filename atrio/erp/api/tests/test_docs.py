"""docs/api.md: its requests are run, in its order, and every code that it promises is in the code."""

import json
import re
import shlex

import pytest

from atrio.config.assets import PACKAGE
from atrio.core import events
from atrio.core.doctypes import document_types
from atrio.core.scope import scope
from atrio.testing.world import make

TEXT = (PACKAGE.parent / "docs" / "api.md").read_text()


def requests_in_the_page() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [block for block in blocks if block.startswith("curl")]


class Shell:
    """Does what `curl` would do, with the test's own client in the place of the network."""

    def __init__(self, program):
        self.program, self.known = program, {"ATRIO": "", "KEY": program.text}

    def run(self, command: str) -> dict:
        command = re.sub(r"\$([A-Z]+)", lambda hole: self.known[hole[1]], command.replace("\\\n", " "))
        words = shlex.split(command)
        assert words[:2] == ["curl", "-sS"]
        headers, body, url = {}, None, words[2]
        for option, value in zip(words[3::2], words[4::2], strict=True):
            if option == "-H":
                name, _colon, text = value.partition(": ")
                headers[name] = text
            else:
                assert option in ("--data", "--data-binary"), option
                body = value
        assert headers.pop("Authorization") == f"Bearer {self.program.text}"
        kind = headers.pop("Content-Type", "application/json")
        method = "POST" if body is not None else "GET"
        response = self.program.ask(method, url.lstrip("/"), body, kind=kind, **headers)
        assert response.status_code == 200, (command, response.content)
        return response.json()


@pytest.fixture
def shell(program):
    return Shell(program())


def test_the_main_job_goes_as_written(world, shell, settled):
    order = make(world, document_types()["purchase_orders"], "PO-1", state="confirmed")
    me, partner, invoice, found, feed, ack, orders, cancel = requests_in_the_page()
    assert shell.run(me)["portal"]["slug"] == "acme"
    assert shell.run(partner)["created"] == 1
    first = shell.run(invoice)
    assert first["created"] == 1 and shell.run(invoice) == first
    (said,) = shell.run(found)["data"]
    assert said["number"] == "FV-9001" and said["lines"][0]["description"] == "Tornillo 3/8"
    with scope(world.system()):
        events.record(world.system(), order, "note", {"text": "x"})
    told = shell.run(feed)
    assert any(event["external_id"] == order.external_id for event in told["events"])
    shell.known["NEXT"] = told["next"]
    assert shell.run(ack)["acknowledged"] == told["next"]
    assert shell.run(feed)["events"] == []
    (asked,) = shell.run(orders)["data"]
    shell.known["ORDER"] = str(asked["id"])
    assert shell.run(cancel)["state"] == "cancelled"


def test_every_code_of_the_page_is_real_and_none_is_missing():
    code = "\n".join(path.read_text() for path in (PACKAGE / "erp" / "api").glob("*.py"))
    table = TEXT.split("| Status | Codes |")[1].split("\n\n")[0]
    promised = set(re.findall(r"`([a-z_]+)`", table)) - {"request_id"}
    assert len(promised) > 15
    assert {name for name in promised if f'"{name}"' not in code} == set()
    raised = set(re.findall(r'Problem\(\s*\d{3}, "([a-z_]+)"', code))
    assert raised <= promised


def test_the_example_of_an_error_is_one():
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert set(json.loads(example)["error"]) == {"code", "message", "fields", "request_id"}
