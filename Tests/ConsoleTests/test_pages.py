# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""Every page, light and dark, on a desk and on a phone."""

import unittest

from playwright.sync_api import expect

from browser import ConsoleCase
from martlet import Martlet
from seed import seed

# Each has its address and a text that is there once the page is complete.
PAGES = {
    "overview": ("#/", "orders › shipping is paused"),
    "topics": ("#/topics", "invoices"),
    "topic": ("#/topics/orders", "customer-28"),
    "topic-scheduled": ("#/topics/invoices", "Reschedule"),
    "subscription": ("#/topics/orders/subscriptions/billing", "asking the bank"),
    "subscription-dead": ("#/topics/mail/subscriptions/sender", "Filter, look, redrive"),
    "message": ("#/topics/orders/messages/13", "last error timeout 'the bank did not answer'"),
    "message-parked": ("#/topics/orders/messages/2", "waits for a person since"),
    "message-dead": ("#/topics/mail/messages/8", "given up: a dead letter"),
    "message-hostile": ("#/topics/invoices/ids/i-hostile", "onerror"),
    "message-bytes": ("#/topics/invoices/ids/i-binary", "00000010"),
    "message-scheduled": ("#/topics/invoices/ids/r-2", "not visible yet: it is due"),
    "letter": ("#/topics/%24dead.mail.sender/messages/5", "A dead letter"),
    "process": ("#/processes/order-13", "its cause 'a-lost-one' is not known"),
    "dead": ("#/dead", "mail › sender"),
    "letters": ("#/topics/mail/subscriptions/sender/dead", "Dry run, then redrive"),
    "inbox": ("#/inbox", "What was tried"),
    "articles": ("#/articles", "What to do when something goes wrong"),
}


class Pages(ConsoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.martlet = Martlet()
        cls.addClassCleanup(cls.martlet.stop)
        cls.held = seed(cls.martlet.port)

    def check(self, scheme, size):
        page = self.open(self.martlet.console, scheme, size)
        for name, (address, text) in PAGES.items():
            with self.subTest(page=name):
                page.goto(self.martlet.console + address)
                expect(page.locator("main")).to_contain_text(text, ignore_case=True)
                self.look(page, f"{name}-{scheme}-{size}")
                self.assertNotEqual(page.title(), "owned")

    def test_light(self):
        self.check("light", "wide")

    def test_dark(self):
        self.check("dark", "wide")

    def test_light_on_a_phone(self):
        self.check("light", "phone")

    def test_dark_on_a_phone(self):
        self.check("dark", "phone")

    def test_what_is_not_there_is_told(self):
        self.expected_errors = ("404",)
        page = self.open(self.martlet.console + "#/topics/nothing")
        expect(page.get_by_role("alert")).to_contain_text("unknown-topic")
        self.look(page, "unknown")

    def test_the_articles_are_at_hand_without_a_network(self):
        page = self.open(self.martlet.console)
        page.get_by_role("link", name="Articles").click()
        expect(page.locator("h1")).to_have_text("Articles")
        page.get_by_role("link", name="Runbook").click()
        expect(page.locator("body")).to_contain_text("## Disk full")

    def test_every_control_has_a_visible_focus_and_none_is_a_trap(self):
        page = self.open(self.martlet.console + "#/topics/orders/subscriptions/billing")
        expect(page.locator("main")).to_contain_text("asking the bank")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.className"), "skip")
        seen = set()
        for _ in range(120):
            place, outline = page.evaluate(
                "[document.activeElement.outerHTML.slice(0, 200), getComputedStyle(document.activeElement).outlineStyle]")
            if place.startswith("<body"):
                break
            self.assertNotEqual(outline, "none", place)
            seen.add(place)
            page.keyboard.press("Tab")
        else:
            self.fail("the focus never leaves the page")
        self.assertGreater(len(seen), 20)

    def test_the_skip_link_leads_to_the_content(self):
        page = self.open(self.martlet.console + "#/topics")
        expect(page.locator("main")).to_contain_text("invoices")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        self.assertEqual(page.evaluate("document.activeElement.id"), "main")
        expect(page.locator("h1")).to_have_text("Topics")


if __name__ == "__main__":
    unittest.main()
