# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""The console with 10,000 topics and 100,000 dead letters."""

import unittest

from playwright.sync_api import expect

from browser import ConsoleCase
from martlet import Martlet
from seed import seed

# Elements of a page that a browser draws without effort, far below what the masses would make.
MOST = 4_000


class Masses(ConsoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.martlet = Martlet()
        cls.addClassCleanup(cls.martlet.stop)
        cls.held = seed(cls.martlet.port, large=True)

    def elements(self, page):
        return page.evaluate("document.querySelectorAll('*').length")

    def test_one_of_ten_thousand_topics_is_found(self):
        page = self.open(self.martlet.console + "#/topics")
        expect(page.locator(".pager")).to_contain_text("of 10,00")
        self.assertLess(self.elements(page), MOST)
        page.get_by_role("searchbox", name="Filter: Topics").fill("t-09998")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.get_by_role("link", name="load.t-09998").click()
        expect(page.locator("h1")).to_have_text("load.t-09998")

    def test_the_last_page_of_topics_is_reached(self):
        page = self.open(self.martlet.console + "#/topics")
        expect(page.locator(".pager")).to_contain_text("1–50 of 10,00")
        page.get_by_role("button", name="After").click()
        expect(page.locator(".pager")).to_contain_text("51–100 of 10,00")
        page.get_by_role("button", name="Topic", exact=True).click()
        expect(page.locator("tbody tr").first).to_contain_text("orders")

    def test_dead_letters_are_paged_and_filtered(self):
        page = self.open(self.martlet.console + "#/topics/mail/subscriptions/sender/dead")
        expect(page.locator("main")).to_contain_text("100,003 dead letters in all")
        expect(page.locator("tbody tr")).to_have_count(50)
        self.assertLess(self.elements(page), MOST)
        first = page.locator("tbody tr").first.inner_text()
        page.get_by_role("button", name="After").click()
        expect(page.locator("tbody tr").first).not_to_have_text(first)
        page.get_by_label("Key", exact=True).fill("customer-30")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("tbody tr").first).to_contain_text("customer-30")

    def test_the_overview_stays_small(self):
        page = self.open(self.martlet.console)
        expect(page.locator(".numbers")).to_contain_text("100,003")
        expect(page.locator("#live-state")).to_have_text("live")
        self.assertLess(self.elements(page), MOST)


if __name__ == "__main__":
    unittest.main()
