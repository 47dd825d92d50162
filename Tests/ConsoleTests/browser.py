# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""The browser in which the console is looked at, and what is asked of every page."""

import os
import shutil
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

SHOTS = os.environ.get("MARTLET_SHOTS")
SIZES = {"wide": (1280, 860), "phone": (360, 740)}

expect.set_options(timeout=10_000)


class Browser:
    """Chromium, as Debian has it."""

    def __init__(self):
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox"])

    def close(self):
        self.chromium.close()
        self.playwright.stop()


class ConsoleCase(unittest.TestCase):
    """A test in which every error that the browser tells is a failure."""

    browser = None

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.errors = []
        self.expected_errors = ()
        self.contexts = []

    def tearDown(self):
        for context in self.contexts:
            context.close()
        unexpected = [error for error in self.errors if not any(part in error for part in self.expected_errors)]
        self.assertEqual(unexpected, [])

    def open(self, address, scheme="light", size="wide"):
        """Opens a page in a window of its own."""
        width, height = SIZES[size]
        context = self.browser.chromium.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce")
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type in ("error", "warning") and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.assertTrue(
            request.url.startswith(self.martlet.console), f"{request.url} is not the broker's"))
        page.goto(address)
        return page

    def look(self, page, name):
        """Asks of a page what holds for all: it fits, it has one heading, and nobody is kept out."""
        expect(page.locator("#live-state")).to_have_text("live")
        page.wait_for_load_state("networkidle") if False else page.wait_for_timeout(400)
        width = page.viewport_size["width"]
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width, f"{name} is too wide")
        self.assertEqual(page.locator("h1").count(), 1, name)
        found = Axe().run(page).response["violations"]
        grave = [
            f"{name}: {one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found if one["impact"] in ("moderate", "serious", "critical")]
        self.assertEqual(grave, [])
        if SHOTS:
            page.screenshot(path=os.path.join(SHOTS, f"{name}.png"), full_page=True)
