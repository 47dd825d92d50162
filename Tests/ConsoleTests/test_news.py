# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""The console hears of what happens, says when it does not, and asks who is there."""

import json
import unittest

from playwright.sync_api import expect

from browser import ConsoleCase
from line import Line
from martlet import Martlet


class News(ConsoleCase):
    def setUp(self):
        super().setUp()
        self.martlet = Martlet()
        self.addCleanup(self.martlet.stop)

    def test_what_happens_is_shown_without_a_reload(self):
        page = self.open(self.martlet.console)
        expect(page.locator(".attention")).to_contain_text("Nothing needs you")
        line = Line(self.martlet.port)
        line.ask("CREATE subscription letters people from=earliest")
        line.publish("letters", "hello", id="l-1")
        line.ask("SUB 1 letters people")
        line.ask(f"PARK 1 {line.delivery()['tag']} note=look")
        expect(page.locator(".attention")).to_contain_text("1 message waits for a person.")
        expect(page.locator("#inbox-count")).to_contain_text("1")
        expect(page.locator(".news")).to_contain_text("message.parked")
        expect(page.get_by_role("img", name="Backlog: 1")).to_be_visible()

    def test_a_broker_that_is_gone_is_told_and_found_again(self):
        self.expected_errors = ("ERR_", "Failed to load resource")
        page = self.open(self.martlet.console)
        state = page.locator("#live-state")
        expect(state).to_have_text("live")
        self.martlet.kill()
        expect(state).to_have_text("stale", timeout=15_000)
        expect(page.locator("#stale")).to_contain_text("What is shown may be old")
        self.martlet.start()
        expect(state).to_have_text("live", timeout=30_000)
        expect(page.locator("#stale")).to_be_hidden()

    def test_who_has_no_login_is_asked_for_a_token(self):
        self.expected_errors = ("401",)
        page = self.open(self.martlet.console + "#/topics")
        isKnown = []
        refusal = json.dumps({"error": {"code": "auth", "message": "expected a token that is known"}})

        def api(route):
            if route.request.url.endswith("/login"):
                if route.request.post_data_json == {"token": "good"}:
                    isKnown.append(True)
                    return route.fulfill(status=200, content_type="application/json", body="{}")
                return route.fulfill(status=401, content_type="application/json", body=refusal)
            if route.request.url.endswith("/logout"):
                isKnown.clear()
                return route.fulfill(status=200, content_type="application/json", body="{}")
            if isKnown:
                return route.continue_()
            return route.fulfill(status=401, content_type="application/json", body=refusal)

        page.route("**/api/v1/**", api)
        page.reload()
        expect(page.locator("h1")).to_have_text("Log in")
        expect(page.get_by_label("Token")).to_be_focused()
        self.assertEqual(page.get_by_label("Token").get_attribute("type"), "password")
        page.keyboard.type("bad")
        page.keyboard.press("Enter")
        expect(page.locator(".login").get_by_role("alert")).to_contain_text("expected a token that is known")
        page.get_by_label("Token").fill("good")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Topics")
        expect(page.locator("#live-state")).to_have_text("live")
        page.get_by_role("button", name="Log out").click()
        expect(page.locator("h1")).to_have_text("Log in")
        expect(page.get_by_role("button", name="Log out")).to_be_hidden()


if __name__ == "__main__":
    unittest.main()
