# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""What people do with the console, from the first look to the last decision."""

import json
import re
import subprocess
import time
import unittest

from playwright.sync_api import expect

from browser import ConsoleCase
from line import Line
from martlet import PROGRAM, Martlet
from seed import seed


class Flows(ConsoleCase):
    def setUp(self):
        super().setUp()
        self.martlet = Martlet()
        self.addCleanup(self.martlet.stop)
        self.held = seed(self.martlet.port)

    def ask(self, command):
        line = Line(self.martlet.port)
        try:
            return line.ask(command)
        finally:
            line.close()

    def info(self, topic, name):
        return json.loads(self.ask(f"INFO subscription {topic} {name}"))

    def test_the_sentences_are_those_of_the_command(self):
        # How long ago something was, or in how long it is, differs from one look to the next.
        def lasting(text):
            return re.sub(r"(\(in |\()\d[\d a-z]*\)", "(..)", text)

        page = self.open(self.martlet.console)
        verdicts = set()
        for topic, message in [
            ("orders", "1"), ("orders", "13"), ("orders", "15"), ("orders", "22"), ("orders", "31"), ("orders", "40"),
            ("mail", "2"), ("mail", "9"), ("invoices", "i-hostile"), ("invoices", "r-3"), ("invoices", "nothing"),
            ("invoices", "999"),
        ]:
            with self.subTest(topic=topic, message=message):
                told = subprocess.run(
                    [PROGRAM, "why", topic, message, "--server", f"127.0.0.1:{self.martlet.port}"],
                    capture_output=True, text=True, check=True).stdout
                lines = [line for line in told.split("\n")[1:] if line and not line.startswith(" ")]
                kind = "messages" if message.isdigit() else "ids"
                page.goto(f"{self.martlet.console}#/topics/{topic}/{kind}/{message}")
                expect(page.locator("h1")).to_have_text(topic + (":" if message.isdigit() else " ") + message)
                items = page.locator("ul.verdicts > li")
                expect(items).to_have_count(len(lines))
                for item, line in zip(items.all(), lines):
                    verdicts.add(item.locator(".mark").inner_text())
                    names = item.locator(".row").first.get_by_role("link").all_inner_texts()
                    sentence = item.locator("p").first.inner_text()
                    shown = "".join(f"{name}: " for name in names) + sentence[0].lower() + sentence[1:-1]
                    self.assertEqual(lasting(shown), lasting(line))
        self.assertEqual(verdicts, {
            "parked", "waiting", "filtered", "deferred", "blocked", "handled", "leased", "dead", "scheduled",
            "not-found",
        })

    def test_from_the_overview_to_the_verdicts_of_a_message(self):
        page = self.open(self.martlet.console)
        expect(page.locator(".attention")).to_contain_text("12 messages wait for a person.")
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Topics").click()
        page.get_by_role("searchbox", name="Filter: Topics").fill("ord")
        page.get_by_role("link", name="orders", exact=True).click()
        expect(page.locator("h1")).to_have_text("orders")
        page.get_by_label("or find id").fill("o-2")
        page.get_by_role("button", name="Look").click()
        verdicts = page.locator("ul.verdicts > li")
        expect(verdicts).to_have_count(3)
        expect(page.locator("ul.verdicts")).to_contain_text("Not handled: waits for a person since")
        expect(page.locator("ul.verdicts")).to_contain_text("parked by billing-1/1 with limit")
        expect(page.locator("ul.verdicts")).to_contain_text("Not for analytics: its filter does not pass it")
        expect(page.locator("main")).to_contain_text("Edsger W.")

    def test_the_field_in_the_bar_finds_topics_messages_and_processes(self):
        page = self.open(self.martlet.console)
        for text, heading in [
            ("mail", "mail"), ("orders:7", "orders:7"), ("orders o-9", "orders o-9"), ("order-13", "Process order-13"),
        ]:
            page.locator("h1").first.wait_for()
            page.evaluate("document.activeElement.blur()")
            page.keyboard.press("/")
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            expect(page.locator("h1")).to_have_text(heading)
        page.get_by_label("Go to a topic").fill("nobody-knows")
        page.keyboard.press("Enter")
        expect(page.locator(".notice")).to_contain_text("There is no topic, message or process")

    def test_ten_parked_messages_are_decided_by_keyboard_alone(self):
        page = self.open(self.martlet.console)
        expect(page.locator("#inbox-count")).to_contain_text("12")
        begun = time.monotonic()
        page.keyboard.press("g")
        page.keyboard.press("i")
        for number in range(1, 11):
            expect(page.locator(".inboxitem h2")).to_have_text(f"o-{number}")
            page.keyboard.press("arx"[number % 3])
            expect(page.get_by_label("Note for the record (optional)")).to_be_focused()
            page.keyboard.type(f"note {number}")
            page.keyboard.press("Enter")
        expect(page.locator(".inboxitem h2")).to_have_text("o-11")
        expect(page.locator("#announcer")).to_contain_text("2 left; the next one is open.")
        self.assertLess(time.monotonic() - begun, 120)
        self.assertEqual(json.loads(self.ask("WHY orders 3 billing"))["evidence"]["note"], "note 3")
        verdicts = [json.loads(self.ask(f"WHY orders {number} billing"))["verdict"] for number in range(1, 11)]
        self.assertEqual([verdicts[number - 1] for number in (3, 6, 9)], ["handled"] * 3)
        self.assertEqual([verdicts[number - 1] for number in (2, 5, 8)], ["dead"] * 3)
        self.assertEqual(self.info("orders", "billing")["parked"], 2)

    def test_a_decision_can_be_called_off_and_the_list_walked(self):
        page = self.open(self.martlet.console + "#/inbox")
        title = page.locator(".inboxitem h2")
        expect(title).to_have_text("o-1")
        page.keyboard.press("x")
        expect(page.get_by_role("button", name="Confirm: give up")).to_be_visible()
        page.keyboard.press("Escape")
        expect(title).to_be_focused()
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(title).to_have_text("o-3")
        page.keyboard.press("k")
        expect(title).to_have_text("o-2")
        self.assertEqual(self.info("orders", "billing")["parked"], 12)

    def test_an_answer_that_was_under_way_brings_nothing_back(self):
        page = self.open(self.martlet.console + "#/inbox")
        title = page.locator(".inboxitem h2")
        expect(title).to_have_text("o-1")
        held = []

        def hold(route):
            if held:
                return route.continue_()
            held.append(route)
            held.append(route.fetch())

        page.route("**/api/v1/inbox", hold)
        page.wait_for_timeout(2_500)
        self.assertEqual(len(held), 2, "the inbox was asked before the decision")
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        expect(title).to_have_text("o-2")
        held[0].fulfill(response=held[1])
        page.wait_for_timeout(200)
        # At once: the next answer would put it right.
        self.assertEqual(page.locator(".inboxlist li").count(), 11)
        self.assertIn("11 messages wait for a person", page.locator("main").inner_text())

    def test_the_next_one_opens_when_somebody_else_decides(self):
        page = self.open(self.martlet.console + "#/inbox")
        expect(page.locator(".inboxitem h2")).to_have_text("o-1")
        self.ask("RESOLVE orders billing 1 ack note=elsewhere")
        expect(page.locator(".inboxitem h2")).to_have_text("o-2")
        expect(page.locator("main")).to_contain_text("11 messages wait for a person")

    def test_a_redrive_counts_first_and_then_runs(self):
        page = self.open(self.martlet.console + "#/topics/mail/subscriptions/sender/dead")
        page.get_by_label("Code").fill("bounced")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("tbody tr").first).to_contain_text("bounced")
        dead = self.info("mail", "sender")["dead"]
        page.get_by_role("button", name="Dry run, then redrive").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("dead letter")
        meant = int(dialog.get_by_role("heading").inner_text().split()[1].replace(",", ""))
        self.assertEqual(self.info("mail", "sender")["dead"], dead, "a dry run changes nothing")
        dialog.get_by_label("At most per second").fill("1000")
        dialog.get_by_role("button", name=f"Redrive {meant}").click()
        expect(page.locator("main")).to_contain_text(f"{dead - meant} dead letters in all")
        self.assertEqual(self.info("mail", "sender")["backlog"], meant)

    def test_a_subscription_is_paused_and_resumed(self):
        page = self.open(self.martlet.console + "#/topics/orders/subscriptions/billing")
        page.get_by_role("button", name="Pause").click()
        page.get_by_label("For how long").fill("30m")
        page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        expect(page.locator(".marks")).to_contain_text("deliveries are paused until")
        self.assertTrue(self.info("orders", "billing")["paused"])
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        self.assertFalse(self.info("orders", "billing")["paused"])

    def test_moving_and_purging_ask_for_the_name(self):
        page = self.open(self.martlet.console + "#/topics/invoices/subscriptions/archive")
        page.get_by_role("button", name="Move").click()
        page.get_by_label("To", exact=True).fill("new")
        page.get_by_role("button", name="Move it").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Type archive to go on.")
        page.get_by_label("Type archive to confirm").fill("archive")
        page.get_by_role("button", name="Move it").click()
        expect(page.locator(".notice")).to_contain_text("archive now reads from new.")
        self.assertEqual(self.info("invoices", "archive")["backlog"], 0)
        page.goto(self.martlet.console + "#/topics/invoices")
        page.get_by_role("button", name="Purge").click()
        page.get_by_label("Type invoices to confirm").fill("invoices")
        page.get_by_role("dialog").get_by_role("button", name="Purge").click()
        expect(page.locator("main")).to_contain_text("no messages there")
        self.assertEqual(json.loads(self.ask("INFO topic invoices"))["messages"], 0)

    def test_what_is_scheduled_is_rescheduled_and_cancelled(self):
        page = self.open(self.martlet.console + "#/topics/invoices")
        page.get_by_role("button", name="Reschedule r-8").click()
        page.get_by_label("Due in").fill("0s")
        page.get_by_role("dialog").get_by_role("button", name="Reschedule").click()
        expect(page.get_by_role("button", name="Reschedule r-8")).to_have_count(0)
        page.get_by_role("button", name="Cancel r-7").click()
        page.get_by_role("button", name="Cancel the message").click()
        expect(page.get_by_role("button", name="Cancel r-7")).to_have_count(0)
        left = [one["id"] for one in json.loads(self.ask("SCHEDULED invoices limit=100"))]
        self.assertEqual(left, [f"r-{number}" for number in range(1, 7)])

    def test_settings_are_changed(self):
        page = self.open(self.martlet.console + "#/topics/orders/subscriptions/billing")
        expect(page.locator(".numbers")).to_contain_text("backlog")
        page.get_by_role("button", name="Settings").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("lease", exact=True)).to_have_value("10m")
        dialog.get_by_label("lease", exact=True).fill("90s")
        dialog.get_by_label("max failures").fill("7")
        dialog.get_by_role("button", name="Change").click()
        expect(page.locator(".notice")).to_contain_text("Changed: lease, maxFailures.")
        settings = self.info("orders", "billing")["settings"]
        self.assertEqual([settings["lease"], settings["maxFailures"]], [90_000, 7])

    def test_what_is_wrong_is_told_and_changes_nothing(self):
        self.expected_errors = ("400", "409")
        page = self.open(self.martlet.console + "#/topics/orders/subscriptions/billing")
        expect(page.locator(".numbers")).to_contain_text("backlog")
        page.get_by_role("button", name="Settings").click()
        page.get_by_role("dialog").get_by_label("lease", exact=True).fill("1ms")
        page.get_by_role("dialog").get_by_role("button", name="Change").click()
        expect(page.locator(".notice.bad")).to_contain_text("lease")
        self.assertEqual(self.info("orders", "billing")["settings"]["lease"], 600_000)

    def test_a_process_is_drawn_on_as_it_goes_on(self):
        page = self.open(self.martlet.console + "#/processes/order-13")
        rows = page.locator(".tree li")
        expect(rows.first).to_contain_text("orders:13")
        before = rows.count()
        line = Line(self.martlet.port)
        line.publish("invoices", "one more", id="i-13c", process="order-13", cause="o-13")
        expect(rows).to_have_count(before + 1)
        expect(page.locator(".tree")).to_contain_text("i-13c")

    def test_hostile_text_stays_text(self):
        page = self.open(self.martlet.console + "#/topics/invoices/ids/i-hostile")
        expect(page.locator(".payload")).to_contain_text("<img src=x onerror=")
        expect(page.locator("main")).to_contain_text("<b onmouseover=alert(1)>bold</b>")
        self.assertEqual(page.locator("main img, main script, main b[onmouseover]").count(), 0)
        self.assertNotEqual(page.title(), "owned")

    def test_shortcuts_are_told_and_can_be_turned_off(self):
        page = self.open(self.martlet.console + "#/topics")
        expect(page.locator("h1")).to_have_text("Topics")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog).to_contain_text("dead letters")
        dialog.get_by_label("Shortcuts of one key are on").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("d")
        page.wait_for_timeout(300)
        expect(page.locator("h1")).to_have_text("Topics")
        page.get_by_role("button", name="Keyboard shortcuts").click()
        expect(dialog.get_by_label("Shortcuts of one key are on")).not_to_be_checked()

    def test_a_body_is_shown_as_json_text_and_bytes(self):
        page = self.open(self.martlet.console + "#/topics/orders/messages/2")
        body = page.locator(".payload")
        expect(body).to_contain_text('"order": "o-2"')
        page.get_by_label("Bytes").check()
        expect(body).to_contain_text("00000000  7b 22 6f 72 64 65 72 22")
        page.get_by_label("Text", exact=True).check()
        expect(body).to_contain_text('{"order": "o-2", "customer"')

    def test_large_messages_are_listed_though_few_fit_an_answer(self):
        line = Line(self.martlet.port)
        for number in range(12):
            line.publish("large", b"x" * 300_000, id=f"l-{number}")
        page = self.open(self.martlet.console + "#/topics/large")
        table = page.get_by_role("table", name="Messages of large")
        expect(table.locator("tbody tr")).to_have_count(12)
        expect(table.locator("tbody tr").first).to_contain_text("l-11")

    def test_long_processes_are_drawn_wholly_when_that_is_wanted(self):
        line = Line(self.martlet.port)
        line.publish_all("steps", [b"step"] * 1_200, id=lambda n: f"s-{n}", process=lambda n: "long",
                         cause=lambda n: f"s-{max(0, n - 1)}" if n else "start")
        page = self.open(self.martlet.console + "#/processes/long")
        expect(page.locator(".tree")).to_contain_text("There are more messages than are drawn.")
        page.get_by_role("button", name="Draw more of them").click()
        expect(page.locator(".tree li")).to_have_count(1_200)
        expect(page.locator(".tree")).to_contain_text("1,200 messages")

    def test_json_is_shown_to_the_last_digit(self):
        line = Line(self.martlet.port)
        line.publish("numbers", '{"a":12345678901234567890,"a":[1.10,-0.0,{}],"b":"\\u0041\\"\\\\"}')
        page = self.open(self.martlet.console + "#/topics/numbers/messages/1")
        body = page.locator(".payload")
        expect(body).to_contain_text('"a": 12345678901234567890,')
        self.assertEqual(body.inner_text(), '{\n  "a": 12345678901234567890,\n  "a": [\n    1.10,\n    -0.0,\n    {}\n  ],'
                         '\n  "b": "\\u0041\\"\\\\"\n}')


if __name__ == "__main__":
    unittest.main()
