# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

"""A broker with its console, in a folder of its own, for tests."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = os.environ.get("MARTLET_PROGRAM", ".build/debug/martlet")


class Martlet:
    """One broker; its ports stay when it is started again."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="martlet-console-")
        self.process = None
        self.port = 0
        self.console = ""
        self.start()

    def start(self):
        """Starts it and waits until it and its console are up."""
        log = os.path.join(self.folder, "log")
        admin = re.search(r":(\d+)/", self.console)[1] if self.console else "0"
        environment = dict(os.environ, MARTLET_ADMIN_PORT=admin)
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--data", os.path.join(self.folder, "data"), "--port", str(self.port)],
                stdout=output, stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with open(log) as output:
                text = output.read()
            broker = re.search(r"address +127\.0\.0\.1:(\d+)", text)
            console = re.search(r"http://127\.0\.0\.1:(\d+)", text)
            if broker and console:
                self.port = int(broker[1])
                self.console = f"http://127.0.0.1:{console[1]}/"
                return
            time.sleep(0.05)
        raise RuntimeError("the broker did not come up:\n" + text)

    def kill(self):
        """Ends it at once, as a crash does."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        """Ends it and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
