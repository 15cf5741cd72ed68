"""Chromium, driven through chromedriver (W3C WebDriver, with the protocol of Chrome's developer tools)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRIVERS = ("chromedriver", "chromium.chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # which root can't have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 30.0
ENTER, ARROW_DOWN, ARROW_RIGHT, ESCAPE = "\ue007", "\ue015", "\ue014", "\ue00c"
HELP = "tools/set_up_browser.sh installs it, as 'make test' does"


def program(names: tuple[str, ...], variable: str) -> str:
    """The path of a program, which an environment variable can name."""
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    assert found is not None, f"no {names[0]} found: {HELP}"
    return found


class Browser:
    """One window."""

    def __init__(self, address: str, profile: Path) -> None:
        self._address = address
        options = {
            "binary": program(BROWSERS, "CHROMIUM"),
            "args": [*ARGUMENTS, f"--user-data-dir={profile}"],
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, method=method)
        # A proxy of the environment is not asked for what is on this machine.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def _post(self, path: str, **body: Any) -> Any:
        return self._send("POST", self._session + path, body)

    def open(self, page: Path, fragment: str = "") -> None:
        """Show a page anew."""
        self._post("/url", url="about:blank")
        self.console()
        self.requests()
        self._post("/url", url=page.as_uri() + fragment)

    def look(self, width: int, height: int = 900, scheme: str = "light") -> None:
        """Set the size of the page in CSS pixels, and the colours that the user prefers."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._tools("Emulation.setDeviceMetricsOverride", **metrics)
        self._tools(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )

    def _tools(self, command: str, **parameters: Any) -> Any:
        return self._post("/goog/cdp/execute", cmd=command, params=parameters)

    def run(self, script: str, *arguments: Any) -> Any:
        """The result of JavaScript; ``return`` gives it."""
        return self._post("/execute/sync", script=script, args=list(arguments))

    def find(self, selector: str) -> str:
        """The element that a CSS selector finds first."""
        found = self._post("/element", using="css selector", value=selector)
        return str(next(iter(found.values())))

    def click(self, selector: str) -> None:
        self._post(f"/element/{self.find(selector)}/click")

    def press(self, keys: str) -> None:
        """Type keys to what has the focus."""
        pressed = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._post("/actions", actions=[{"type": "key", "id": "keys", "actions": pressed}])

    def hover(self, selector: str, x: int, y: int) -> None:
        """Move the pointer to a place relative to the middle of an element."""
        element = {"element-6066-11e4-a52e-4f735466cecf": self.find(selector)}
        move = {"type": "pointerMove", "duration": 0, "origin": element, "x": x, "y": y}
        self._post("/actions", actions=[{"type": "pointer", "id": "mouse", "actions": [move]}])

    def screenshot(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self._send("GET", f"{self._session}/screenshot"))

    def console(self) -> list[str]:
        """Messages since the last call."""
        return [entry["message"] for entry in self._post("/se/log", type="browser")]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call."""
        entries = (json.loads(one["message"])["message"] for one in self._post("/se/log", type="performance"))
        sent = (one["params"] for one in entries if one["method"] == "Network.requestWillBeSent")
        return [one["request"]["url"] for one in sent]

    def close(self) -> None:
        self._send("DELETE", self._session)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser with an empty profile; it and its driver end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program(DRIVERS, "CHROMEDRIVER"), f"--port={port}", "--log-level=SEVERE"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            browser = Browser(f"http://127.0.0.1:{port}", Path(profile))
            try:
                yield browser
            finally:
                browser.close()
        finally:
            driver.terminate()
            driver.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "chromedriver does not answer"
            time.sleep(0.05)
