# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""Fills a broker with what a console has to show: every verdict, hostile bodies, a process, and if asked, masses.

    python3 seed.py PORT [--large] [--hold]

With --hold it goes on publishing and working, so that there is something to see, until it is interrupted.
"""

import json
import random
import sys
import time

from line import Line

NAMES = ["Ada Byron", "Grace Brewster", "Edsger W.", "Barbara J.", "Tony H.", "Frances A.", "Ole-Johan D.", "Radia P."]
REASONS = [
    ("unsure", "two customers have this name; which one is meant?"),
    ("limit", "the amount is above 5,000 and needs a second pair of eyes"),
    ("address", "the postcode does not fit the street"),
    ("duplicate?", "looks like order o-3 of the same day"),
]


def order(number):
    """The body of an order."""
    return json.dumps({
        "order": f"o-{number}", "customer": NAMES[number % len(NAMES)], "amount": round(19.9 * (number % 40 + 1), 2),
        "items": [{"sku": f"S-{number % 7}", "count": number % 3 + 1}, {"sku": "GIFT", "count": 1}],
        "note": "leave it at the door" if number % 4 else None,
    }).encode()


def orders(line):
    """Orders, of which some wait for a person, some for their time, and some for a consumer."""
    line.ask("CREATE topic orders max-age=30d")
    line.ask("CREATE subscription orders billing from=earliest order=key on-poison=park lease=10m max-failures=5")
    line.ask("CREATE subscription orders shipping from=earliest expect=2h")
    line.ask("CREATE subscription orders analytics from=earliest where=kind:large")
    line.ask("PAUSE orders shipping for=6h")
    for number in range(1, 41):
        line.publish(
            "orders", order(number), headers=f"content-type: application/json\nkind: {'large' if number % 5 == 0 else 'small'}\n",
            id=f"o-{number}", key=f"customer-{number % 29}", process=f"order-{number}")
    worker = Line(line.socket.getpeername()[1], client="billing-1")
    worker.ask("SUB 1 orders billing window=40")
    for place in range(14):
        delivery = worker.delivery()
        code, note = REASONS[place % len(REASONS)]
        if place < 12:
            worker.ask(f"PARK 1 {delivery['tag']} code={code} note={note.replace(' ', '%20')}")
        else:
            worker.ask(f"NACK 1 {delivery['tag']} delay=2h code=timeout note=the%20bank%20did%20not%20answer")
    for place in range(6):
        delivery = worker.delivery()
        worker.ask(f"ACK 1 {delivery['tag']}")
        line.publish(
            "invoices", json.dumps({"invoice": delivery["offset"]}), id=f"i-{delivery['offset']}",
            process=f"order-{delivery['offset']}", cause=f"o-{delivery['offset']}")
    for place in range(3):
        delivery = worker.delivery()
        worker.ask(f"TOUCH 1 {delivery['tag']} for=10m progress={30 * place + 10} note=asking%20the%20bank")
    return worker


def invoices(line):
    """Invoices, and what they cause, down to a branching process."""
    line.ask("CREATE subscription invoices printer from=earliest")
    line.ask("CREATE subscription invoices archive from=earliest")
    line.publish("invoices", b"\x00\x01\x02PDF\xff\xfe" + bytes(range(256)), id="i-binary", headers="content-type: application/pdf\n")
    line.publish("invoices", "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>", id="i-hostile",
                 headers="x-evil: <b onmouseover=alert(1)>bold</b>\n", process="order-13", cause="o-13")
    line.publish("invoices", json.dumps({"invoice": 21, "sum": 418.0}), id="i-13b", process="order-13", cause="o-13")
    line.publish("mail", "Your order has arrived at us.", id="m-13", process="order-13", cause="i-13b")
    line.publish("mail", "Your invoice is attached.", id="m-13b", process="order-13", cause="m-13")
    line.publish("mail", "Where is it?", id="m-13c", process="order-13", cause="a-lost-one")
    for number in range(1, 9):
        line.publish("invoices", f"reminder {number}", id=f"r-{number}", delay=f"{number * 7}h", key=f"customer-{number}")
    worker = Line(line.socket.getpeername()[1], client="printer-1")
    worker.ask("SUB 1 invoices printer window=4")
    worker.delivery()
    return worker


def mail(line, count):
    """Mails, most of which died."""
    line.ask("CREATE subscription mail sender from=earliest max-failures=1")
    line.publish_all(
        "mail", [f"Dear customer {n}, your order is on its way.".encode() for n in range(count)],
        id=lambda n: f"mail-{n}", key=lambda n: f"customer-{n % 31}")
    worker = Line(line.socket.getpeername()[1], client="mail-worker")
    worker.ask("SUB 1 mail sender window=1000")
    died = 0
    while died < count + 3:
        first = worker.delivery()["tag"]
        last = first
        while worker.deliveries:
            last = worker.deliveries.pop(0)["tag"]
        if died % 3 == 0:
            worker.ask(f"REJECT 1 {first}-{last} code=bounced note=550%20no%20such%20mailbox")
        else:
            worker.ask(f"NACK 1 {first}-{last} code=smtp-421 note=try%20again%20later")
        died += last - first + 1
    worker.close()


def masses(line, topics=10_000):
    """As many topics as a console must bear."""
    for start in range(0, topics, 500):
        line.socket.sendall(b"".join(line.bytes(f"CREATE topic load.t-{n:05d}") for n in range(start, start + 500)))
        for _ in range(500):
            line.reply()
    line.ask("CREATE subscription load.t-00007 reader from=earliest")


def seed(port, large=False):
    """Fills the broker on a port; answers the connections that hold messages."""
    line = Line(port)
    held = [orders(line), invoices(line)]
    mail(line, 100_000 if large else 180)
    if large:
        masses(line)
    line.close()
    return held


def hold(port):
    """Publishes and works at a changing pace."""
    line, worker = Line(port, client="web"), Line(port, client="stock-1")
    worker.ask("SUB 1 stock keeper window=200 from=new")
    chance = random.Random(1)
    number = waiting = 0
    while True:
        count = chance.randint(20, 120)
        line.publish_all("stock", [b"{\"sku\":\"S-%d\"}" % (number + n) for n in range(count)])
        number += count
        waiting += count
        handled = min(waiting, 200, chance.randint(20, 130))
        for _ in range(handled):
            worker.ask(f"ACK 1 {worker.delivery()['tag']}")
        waiting -= handled
        time.sleep(chance.random() * 0.4)


if __name__ == "__main__":
    kept = seed(int(sys.argv[1]), large="--large" in sys.argv)
    if "--hold" in sys.argv:
        hold(int(sys.argv[1]))
